"""Scores of a branch, renewed where something happened and, for the others, once a week."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import polars as pl

from leads.sheet.sheet import Sheet

Scoring = Callable[[pl.DataFrame], pl.DataFrame]
"""Features in, the same rows with score columns out."""

EVERY = 7
"""Days after which a customer is scored anew though nothing happened: time alone moves features slowly."""

SOON = "policy_next_expiry_days <= 45"
"""Who is scored every day: near an expiry days count."""


def sheet_of(frame: pl.DataFrame) -> Sheet:
    """A frame's columns, without whose they are."""
    return Sheet.of(frame.drop("customer_id"))


class Scores:
    """Score columns of `size` customers as they were worked out last; NaN before."""

    def __init__(self, scoring: Scoring, columns: list[str], size: int) -> None:
        self._scoring = scoring
        self._columns = columns
        self._values = np.full((size, len(columns)), np.nan)
        self._scored = np.zeros(size, bool)

    def beside(self, day: int, rows: np.ndarray, frame: pl.DataFrame, touched: np.ndarray) -> pl.DataFrame:
        """The frame with the scores; rows: the customer of each of its rows. touched: customers to score anew."""
        soon = frame.select(pl.sql_expr(SOON).fill_null(False).alias("soon"))["soon"].to_numpy()
        stale = soon | ~self._scored[rows] | (rows % EVERY == day % EVERY) | np.isin(rows, touched)
        chosen = np.flatnonzero(stale)
        if len(chosen):
            scored = self._scoring(frame[chosen]).select(self._columns)
            self._values[rows[chosen]] = scored.cast(pl.Float64).to_numpy()
            self._scored[rows[chosen]] = True
        added = pl.DataFrame(self._values[rows], schema=self._columns, nan_to_null=True)
        return frame.hstack(added)
