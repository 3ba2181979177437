"""Ranking measures of scored rows, and how far chance moves them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

TOP = 0.1
"""The share of rows called first, for lift."""

RESAMPLES = 200

_CELLS = 4_000
"""Groups of neighbouring scores that a resample is drawn over: finer ones no longer change an interval."""


@dataclass(frozen=True)
class Ranked:
    """n rows in groups of equal score, best first; no order can be told inside a group.

    group: (n,) of each row. success: its label. weight: rows of the population that it stands for.
    """

    group: NDArray[np.intp]
    success: NDArray[np.bool_]
    weight: Floats

    @classmethod
    def of(cls, label: NDArray[Any], score: NDArray[Any], weight: NDArray[Any] | None = None) -> Ranked:
        group = np.unique(-score, return_inverse=True)[1]
        return cls(group, label > 0, np.ones(len(group)) if weight is None else np.asarray(weight, np.float64))

    def measures(self) -> tuple[float, float, float]:
        """AUC (ties count half), average precision, and lift among the top tenth; NaN for one class only."""
        auc, average, lift = measured(*(side[None] for side in self._sides(self.weight)))
        return float(auc[0]), float(average[0]), float(lift[0])

    def resampled(
        self, rng: np.random.Generator, resamples: int = RESAMPLES, customer: NDArray[np.intp] | None = None
    ) -> tuple[Floats, Floats, Floats]:
        """The measures of so many bootstrap samples, each customer drawn with all rows a Poisson(1) number of times.

        customer: (n,) a number for each row's, by default each its own: rows of one customer are no news of each other.
        """
        rows, people = self.coarse(), np.arange(len(self.group)) if customer is None else customer
        count = int(people.max()) + 1 if len(people) else 0
        drawn = (rows._sides(rows.weight * rng.poisson(1.0, count)[people]) for _ in range(resamples))
        hits, misses = zip(*drawn, strict=True)
        return measured(np.array(hits), np.array(misses))

    def _sides(self, weight: Floats) -> tuple[Floats, Floats]:
        """(groups,) weight of the successes and of the failures."""
        groups = int(self.group.max()) + 1 if len(self.group) else 0
        hits, every = (
            np.bincount(self.group, mass, groups).astype(np.float64)
            for mass in (np.where(self.success, weight, 0.0), weight)
        )
        return hits, np.maximum(every - hits, 0.0)

    def coarse(self) -> Ranked:
        """With neighbouring scores in one group where there are very many: what resamples are drawn over."""
        groups = int(self.group.max()) + 1 if len(self.group) else 0
        return self if groups <= _CELLS else replace(self, group=self.group * _CELLS // groups)


def measured(hits: NDArray[Any], misses: NDArray[Any]) -> tuple[Floats, Floats, Floats]:
    """For (samples, groups) weights of either class, the best group first: AUC, average precision, lift, (samples,)."""
    above, wrong = np.cumsum(hits, axis=1), np.cumsum(misses, axis=1)
    positives, negatives = above[:, -1], wrong[:, -1]
    with np.errstate(divide="ignore", invalid="ignore"):
        auc = (misses * (above - hits / 2)).sum(axis=1) / (positives * negatives)
        reached = above + wrong
        precision = np.divide(above, reached, out=np.zeros_like(above), where=reached > 0)
        average = (hits * precision).sum(axis=1) / positives
        lines = ((np.append(0.0, r), np.append(0.0, a)) for r, a in zip(reached, above, strict=True))
        early = [np.interp(TOP * r[-1], r, a) for r, a in lines]
        lift = np.array(early) / positives / TOP
    alone = (positives <= 0) | (negatives <= 0)
    auc, average, lift = (np.where(alone, np.nan, measure) for measure in (auc, average, lift))
    return auc, average, lift


def auc(label: NDArray[Any], score: NDArray[Any], weight: NDArray[Any] | None = None) -> float:
    """Area under the ROC curve, ties counting half; NaN for one class only.

    >>> auc(np.array([0, 1, 1]), np.array([0.1, 0.4, 0.9]))
    1.0
    """
    return Ranked.of(label, score, weight).measures()[0]


def auc_gain(
    label: NDArray[Any], score: NDArray[Any], other: NDArray[Any], customer: NDArray[np.intp] | None = None
) -> tuple[float, list[float] | None]:
    """By how much the first score's AUC is above the other's on the same rows, with the paired 95% interval.

    From each row's placement among the other class under both scores (DeLong 1988); the variance is over customers,
    whose rows are no news of each other (Obuchowski, Biometrics 53, 1997). customer: a number for each row's, by
    default each its own.
    """
    success = label > 0
    if not success.any() or success.all():
        return float("nan"), None
    gain = _placements(success, score) - _placements(success, other)
    told = np.empty(len(gain))
    for rows in (success, ~success):
        told[rows] = (gain[rows] - gain[rows].mean()) / int(rows.sum())
    summed = told if customer is None else np.bincount(customer, told)
    margin = 1.96 * float((summed**2).sum()) ** 0.5
    value = float(gain[success].mean())
    return value, [value - margin, value + margin]


def interval(values: Floats) -> list[float] | None:
    """The middle 95% of a bootstrap's values; None when none of them could be told."""
    known = values[~np.isnan(values)]
    return [float(bound) for bound in np.percentile(known, [2.5, 97.5])] if len(known) else None


def _placements(success: NDArray[np.bool_], score: NDArray[Any]) -> Floats:
    """For a success the share of failures scored below it, for a failure the share of successes above it."""
    result = np.empty(len(score))
    for rows, sign in ((success, 1.0), (~success, -1.0)):
        others = np.sort(sign * score[~rows])
        mine = sign * score[rows]
        below = np.searchsorted(others, mine, side="left") + np.searchsorted(others, mine, side="right")
        result[rows] = below / (2 * len(others))
    return result
