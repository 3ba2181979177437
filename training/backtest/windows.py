"""The windows that a backtest judges: consecutive blocks of time, each predicted from what was known before it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import polars as pl
from numpy.typing import NDArray

from leads.configuration.objective import Objective
from leads.errors import InvalidInput
from training.data.dataset import Dataset
from training.data.splits import Part, split

SHARE = 0.5
"""The share of the rows, the latest, that windows are cut of, unless the objective holds out more."""


@dataclass(frozen=True)
class Windows:
    """objective: as it is split for the backtest. in_time: whether windows follow one another, or are those that chance
    divides, where rows have no order in time.
    """

    objective: Objective
    parts: tuple[Part, ...]
    in_time: bool


def windows(data: Dataset, count: int | None, share: float | None) -> Windows:
    """So many windows of a data set, of the latest share of its rows.

    Each window is learned for from the rows whose embargo, by default the horizon, was over when it began: no label of
    theirs lies in it (rolling origin; Tashman, Int. J. Forecasting 16, 2000). Where an objective is split by customers
    or folds its own parts are judged. Raises InvalidInput where a window or what it learns from would be empty.
    """
    how = data.objective.split
    if how.by == "time":
        held = share or max(SHARE, how.holdout)
        blocks = count or max(how.folds, _FEWEST)
        objective = replace(data.objective, split=replace(how, holdout=held, folds=blocks))
    elif count is not None or share is not None:
        raise InvalidInput(
            "windows" if count is not None else "share", count if count is not None else share,
            f"left out: {data.objective.name} is split by {how.by}, as its rows have no order in time",
        )  # fmt: skip
    else:
        objective = data.objective
    return Windows(objective, split(objective, data.keys, data.over, data.episode), how.by == "time")


_FEWEST = 4
"""Windows of a backtest, where the objective is not split into more."""


def spans(keys: pl.DataFrame, parts: Sequence[Part]) -> list[dict[str, object]]:
    """Of each window from when to when it reaches, and up to when and how many rows were learned from."""
    return [_span(keys, part) for part in parts]


def _span(keys: pl.DataFrame, part: Part) -> dict[str, object]:
    held, known = _times(keys, part.holdout), _times(keys, part.known)
    return {
        "from": held.min(), "until": held.max(), "rows": len(held),
        "learned_rows": len(known), "learned_until": known.max(),
    }  # fmt: skip


def _times(keys: pl.DataFrame, rows: NDArray[np.bool_]) -> pl.Series:
    return keys["at"].filter(pl.Series(rows))
