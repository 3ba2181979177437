"""Figures of scored rows at the depths to which lists are called, with intervals that are paired between methods."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from training.metrics import BINS, binned
from training.ranking import Floats, Ranked, interval, measured

DEPTHS = (1, 5, 10, 20)
"""Shares of the rows, in percent, that are called first."""

PAIRED = ("auc", "average_precision", "brier", "ece", "captured_at_10pct")
"""Figures whose difference between two methods is told."""

Figures = Mapping[str, Floats]
"""By name a figure of the rows themselves, and of each of their resamples: (1 + resamples,)."""


@dataclass(frozen=True)
class Judged:
    """Rows that methods are judged on. label: 1 or 0. weight: rows of the population that each stands for. customer: a
    number for each row's. value: what a success of the row is worth in the workspace's currency, None where that is not
    declared.
    """

    label: Floats
    weight: Floats
    customer: NDArray[np.intp]
    value: Floats | None = None

    def draws(self, resamples: int, seed: int) -> NDArray[np.int16]:
        """(1 + resamples, customers) how often each customer is there: once, then as drawn with all their rows."""
        people = int(self.customer.max()) + 1
        drawn = np.random.default_rng(seed).poisson(1.0, (resamples, people)).astype(np.int16)
        return np.vstack([np.ones((1, people), np.int16), drawn])

    def where(self, inside: NDArray[np.bool_]) -> Judged:
        """Some of the rows."""
        numbers = np.unique(self.customer[inside], return_inverse=True)[1]
        value = None if self.value is None else self.value[inside]
        return Judged(self.label[inside], self.weight[inside], numbers, value)


def figures(rows: Judged, probability: Floats, draws: NDArray[np.int16]) -> Figures:
    """`auc`, `average_precision`, `brier`, `ece`, and for each depth the share of all successes that is found there
    (`captured_at_…pct`), that beside chance (`lift_at_…pct`) and what a call there brings (`value_per_call_at_…pct`).

    Rows of equal score are taken in no order: each is called in part. NaN where a resample holds one class only.
    """
    group = Ranked.of(rows.label, probability).coarse().group
    count, bins = int(group.max()) + 1, binned(probability, rows.weight, BINS)
    parts = (rows.weight, rows.weight * rows.label, rows.weight * rows.label * _value(rows))
    squares = rows.weight * (probability - rows.label) ** 2
    rest = rows.weight * (probability - rows.label)
    sums: list[list[Floats]] = []
    for times in draws:
        drawn = times[rows.customer]
        ranked = [_sums(group, part * drawn, count) for part in parts]
        off = np.abs(_sums(bins, rest * drawn, BINS)).sum()
        sums.append([*ranked, np.array([(squares * drawn).sum(), off])])
    every, hits, worth = (np.array([one[place] for one in sums]) for place in range(3))
    errors = np.array([one[3] for one in sums])
    auc, average, _ = measured(hits, np.maximum(every - hits, 0.0))
    found = {"auc": auc, "average_precision": average}
    found |= {name: errors[:, place] / every.sum(axis=1) for place, name in enumerate(("brier", "ece"))}
    return found | _depths(every, hits, None if rows.value is None else worth)


def with_intervals(found: Figures) -> dict[str, Any]:
    """Each figure under its name, and its 95% interval under `…_interval`; None where it cannot be told."""
    result: dict[str, Any] = {}
    for name, values in found.items():
        result[name] = None if np.isnan(values[0]) else float(values[0])
        result[f"{name}_interval"] = None if np.isnan(values[0]) else interval(values[1:])
    return result


def gained(found: Figures, other: Figures) -> dict[str, Any]:
    """By how much the first method's figures are above the other's on the same rows, with paired intervals."""
    return with_intervals({name: found[name] - other[name] for name in PAIRED})


def _value(rows: Judged) -> Floats:
    return np.zeros(len(rows.label)) if rows.value is None else rows.value


def _sums(group: NDArray[np.intp], part: Floats, count: int) -> Floats:
    found: Floats = np.bincount(group, part, count).astype(np.float64)
    return found


def _depths(every: Floats, hits: Floats, worth: Floats | None) -> dict[str, Floats]:
    reached, found = np.cumsum(every, axis=1), np.cumsum(hits, axis=1)
    positives = found[:, -1]
    result: dict[str, Floats] = {}
    for depth in DEPTHS:
        share = depth / 100
        with np.errstate(divide="ignore", invalid="ignore"):
            captured = _at(share, reached, found) / positives
        result[f"captured_at_{depth}pct"] = captured
        result[f"lift_at_{depth}pct"] = captured / share
        if worth is not None:
            brought = _at(share, reached, np.cumsum(worth, axis=1))
            result[f"value_per_call_at_{depth}pct"] = brought / (share * reached[:, -1])
    return result


def _at(share: float, reached: Floats, amount: Floats) -> Floats:
    """(samples,) how much there is of something among this share of all rows."""
    lines = zip(reached, amount, strict=True)
    return np.array([np.interp(share * r[-1], np.append(0.0, r), np.append(0.0, a)) for r, a in lines])
