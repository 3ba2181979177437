"""Whether a model's chances come true: by tenths of the rows that it had not seen."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl


@dataclass(frozen=True)
class Tenth:
    """A tenth of what the rows stand for, by what was predicted: the mean chance, how often it came true, the rows."""

    predicted: float
    observed: float
    rows: int


@dataclass(frozen=True)
class _Judged:
    """n rows, the likeliest first: the chance that ships, what came, and for how many moments of life a row stands."""

    chance: np.ndarray
    label: np.ndarray
    weight: np.ndarray


def calibration(holdout: pl.DataFrame) -> list[Tenth]:
    """The tenths, the least likely first; fewer where there are few rows. Rows stand for as many as they weigh."""
    judged = _judged(holdout)
    if judged is None:
        return []
    share = (np.cumsum(judged.weight) - judged.weight / 2) / judged.weight.sum()
    tenths = np.minimum((share * 10).astype(int), 9)
    return [_tenth(judged, tenths == number) for number in reversed(range(10)) if np.any(tenths == number)]


def _tenth(judged: _Judged, inside: np.ndarray) -> Tenth:
    weight = judged.weight[inside]
    predicted, observed = (float(np.average(of[inside], weights=weight)) for of in (judged.chance, judged.label))
    return Tenth(predicted, observed, int(inside.sum()))


def lift(holdout: pl.DataFrame) -> list[tuple[float, float]]:
    """(share called first, share of all successes among them), from the likeliest on."""
    judged = _judged(holdout)
    total = 0.0 if judged is None else float((judged.weight * judged.label).sum())
    if judged is None or total == 0:
        return []
    called = np.cumsum(judged.weight) / judged.weight.sum()
    reached = np.cumsum(judged.weight * judged.label) / total
    marks = np.unique(np.searchsorted(called, np.linspace(0.05, 1, 20)).clip(max=len(called) - 1))
    return [(0.0, 0.0), *((float(called[mark]), float(reached[mark])) for mark in marks)]


def _judged(holdout: pl.DataFrame) -> _Judged | None:
    """The rows of which is known what came, by what ships where that is judged; None where there are none."""
    ships = "shipped" in holdout and holdout["shipped"].is_not_null().any()
    chance, weight = ("shipped", "shipped_weight") if ships else ("probability", "weight")
    if not {chance, "label"} <= set(holdout.columns):
        return None
    known = holdout.drop_nulls(["label", chance]).sort(chance, descending=True)
    if known.is_empty():
        return None
    weights = known[weight].fill_null(1.0).to_numpy() if weight in known else np.ones(len(known))
    return _Judged(known[chance].to_numpy(), known["label"].to_numpy(), weights)
