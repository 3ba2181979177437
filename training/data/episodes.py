"""Episodes: rows that tell of one thing, such as those before one expiry, of which no two parts may each see some."""

from __future__ import annotations

from datetime import timedelta

import numpy as np
import polars as pl
from numpy.typing import NDArray

from leads.configuration.objective import Objective
from leads.errors import InvalidWorkspace
from training.data.splits import numbered

EXPIRY = "policy_next_expiry_days"

_ONE_EXPIRY = timedelta(days=1)
"""Expiries of a customer so near to each other are one: they are worked out of days as rounded numbers."""


def episodes(objective: Objective, keys: pl.DataFrame, rows: pl.DataFrame) -> NDArray[np.intp]:
    """(n,) a number for each row's episode, as the objective's split says what one is.

    keys: `customer_id, at`; rows: their features, of which those of policies have `policy_next_expiry_days`.
    Raises InvalidWorkspace for episodes of policies where nothing is known of any.
    """
    customer, at = keys["customer_id"], keys["at"]
    if objective.split.episode == "customer":
        return numbered(customer)
    if objective.split.episode == "policy":
        return _chained(customer, _expires(objective, at, rows), _ONE_EXPIRY)
    return _chained(customer, at, objective.horizon if objective.split.episode == "case" else timedelta())


def _expires(objective: Objective, at: pl.Series, rows: pl.DataFrame) -> pl.Series:
    """When the policy ends that ends next; where there is none, the row's own moment."""
    if EXPIRY not in rows.columns:
        raise InvalidWorkspace(
            "workspace.yaml", f"objectives.{objective.name}.split.episode", "policy",
            "moment, case or customer, unless events are declared that purchase or renew a policy",
        )  # fmt: skip
    left = (rows[EXPIRY].cast(pl.Float64).fill_null(0.0).fill_nan(0.0) * 86_400_000_000).cast(pl.Int64)
    return at + left.cast(pl.Duration("us"))


def _chained(customer: pl.Series, time: pl.Series, gap: timedelta) -> NDArray[np.intp]:
    """Rows of one customer share a number where each time is at most the gap after the one before."""
    rows = pl.DataFrame({"customer": customer, "time": time}).with_row_index("row").sort("customer", "time")
    before = pl.col("time").shift().over("customer")
    begins = (before.is_null() | (pl.col("time") - before > gap)).cast(pl.Int64)
    numbered = rows.with_columns(begins.cum_sum().alias("episode")).sort("row")
    return numbered["episode"].to_numpy().astype(np.intp)
