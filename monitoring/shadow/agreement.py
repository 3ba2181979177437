"""Agreement of two models about the same rows: how high they score, and whom they would have called first."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import polars as pl
from scipy.stats import kendalltau, spearmanr

from models.calibrator import Floats
from monitoring.statistics.psi import psi

DEPTHS = (1, 5, 10, 20)
"""Shares of the rows, in percent, that are called first."""


def agreement(champion: Floats, challenger: Floats) -> dict[str, Any]:
    """`rows, champion_mean, challenger_mean, psi` (of the challenger's scores against the champion's), `overlap` (by
    depth the share of the champion's first that are among the challenger's first), `spearman` and `kendall` (tau-b),
    None where a model says the same of all.
    """
    rows = len(champion)
    if rows == 0:
        return {"rows": 0}
    return {
        "rows": rows, "champion_mean": float(champion.mean()), "challenger_mean": float(challenger.mean()),
        "psi": psi(pl.Series(champion), pl.Series(challenger)),
        "overlap": {str(depth): overlap(champion, challenger, max(rows * depth // 100, 1)) for depth in DEPTHS},
        "spearman": spearman(champion, challenger), "kendall": kendall(champion, challenger),
    }  # fmt: skip


def overlap(one: Floats, other: Floats, first: int) -> float:
    """The share of the first so many of one that are among the first so many of the other; ties by row, in both alike.

    >>> overlap(np.array([3.0, 2.0, 1.0, 0.0]), np.array([2.0, 0.0, 3.0, 1.0]), 2)
    0.5
    """
    mine, theirs = (np.argsort(-side, kind="stable")[:first] for side in (one, other))
    return len(np.intersect1d(mine, theirs)) / first


def spearman(one: Floats, other: Floats) -> float | None:
    """Correlation of ranks, ties at their mean.

    >>> spearman(np.array([1.0, 2.0, 3.0]), np.array([10.0, 20.0, 15.0]))
    0.5
    """
    return _coefficient(spearmanr, one, other)


def kendall(one: Floats, other: Floats) -> float | None:
    """Pairs in the same order less pairs in the other, beside all that neither ties (tau-b: Kendall 1945).

    >>> round(kendall(np.array([1.0, 2.0, 3.0]), np.array([10.0, 20.0, 15.0])), 4)
    0.3333
    """
    return _coefficient(kendalltau, one, other)


def _coefficient(of: Callable[..., Any], one: Floats, other: Floats) -> float | None:
    """None where a side has no order."""
    if np.ptp(one) == 0 or np.ptp(other) == 0:
        return None
    return round(float(of(one, other).statistic), 12)
