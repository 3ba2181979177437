"""Ranking measures of scored rows, and how far chance moves them."""

from __future__ import annotations

from dataclasses import dataclass
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
    """Rows in groups of equal score, best first; no order can be told inside a group.

    hits, misses: (groups,) weight of the rows with label 1 and 0. drawn_hits, drawn_misses: the number of
    such rows.
    """

    hits: Floats
    misses: Floats
    drawn_hits: Floats
    drawn_misses: Floats

    @classmethod
    def of(cls, label: NDArray[Any], score: NDArray[Any], weight: NDArray[Any] | None = None) -> Ranked:
        order = np.argsort(-score, kind="stable")
        ordered, success = score[order], label[order] > 0
        mass = np.ones(len(order)) if weight is None else weight[order]
        starts = np.flatnonzero(np.append(True, ordered[1:] != ordered[:-1])[: len(ordered)])
        sums = (np.add.reduceat(part.astype(np.float64), starts) if len(starts) else np.zeros(0)
                for part in (mass * success, mass * ~success, success, ~success))  # fmt: skip
        return cls(*sums)

    def measures(self) -> tuple[float, float, float]:
        """AUC (ties count half), average precision, and lift among the top tenth; NaN for one class only."""
        auc, average, lift = _measures(self.hits[None], self.misses[None])
        return float(auc[0]), float(average[0]), float(lift[0])

    def resampled(self, rng: np.random.Generator, resamples: int = RESAMPLES) -> tuple[Floats, Floats, Floats]:
        """The measures of so many bootstrap samples, each row drawn a Poisson(1) number of times."""
        cells = self._coarse()
        hits, misses = (
            rng.poisson(rows, (resamples, len(rows))) * np.divide(mass, rows, out=np.zeros_like(mass), where=rows > 0)
            for mass, rows in ((cells.hits, cells.drawn_hits), (cells.misses, cells.drawn_misses))
        )
        return _measures(hits, misses)

    def _coarse(self) -> Ranked:
        if len(self.hits) <= _CELLS:
            return self
        starts = np.linspace(0, len(self.hits), _CELLS, endpoint=False).astype(np.intp)
        parts = (self.hits, self.misses, self.drawn_hits, self.drawn_misses)
        return Ranked(*(np.add.reduceat(part, starts) for part in parts))


def _measures(hits: NDArray[Any], misses: NDArray[Any]) -> tuple[Floats, Floats, Floats]:
    """For (samples, groups) weights of either class: AUC, average precision and lift, (samples,) each."""
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


def auc_gain(label: NDArray[Any], score: NDArray[Any], other: NDArray[Any]) -> tuple[float, list[float] | None]:
    """By how much the first score's AUC is above the other's on the same rows, with the paired 95% interval.

    The variance is DeLong's (1988), from each row's placement among the other class under both scores.
    """
    success = label > 0
    if not success.any() or success.all():
        return float("nan"), None
    gain = _placements(success, score) - _placements(success, other)
    means = [float(gain[rows].mean()) for rows in (success, ~success)]
    variance = sum(float(gain[rows].var()) / int(rows.sum()) for rows in (success, ~success))
    margin = 1.96 * variance**0.5
    return means[0], [means[0] - margin, means[0] + margin]


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
