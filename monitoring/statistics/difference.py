"""The difference that an arm makes: of means or ratios of two groups by lot, adjusted by what was known before.

Adjustment is CUPED (Deng, Xu, Kohavi & Walker 2013): what follows from what was known before the groups were drawn is
taken off, which moves nothing on average and makes intervals narrower. Ratios are linearised (delta method). Who was
drawn in several months is one cluster.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from monitoring.statistics.intervals import Z
from monitoring.statistics.sequence import ALPHA, half_width

Floats = NDArray[np.float64]
Groups = tuple[NDArray[np.bool_], NDArray[np.bool_]]

UNITS, EVENTS = 100, 20.0
"""Units of the smaller group, and how many of them would have something to tell if the groups were alike; fewer are too
few for means to be normal.
"""


@dataclass(frozen=True)
class Units:
    """n drawn units. top, below: (n,) what is counted, and of how much: a ratio is the sum of the one by that of the
    other. treated: (n,) bool. weight: (n,) one by the chance of the unit's group. before: (n, k) what was known before
    they were drawn. cluster: (n,) a number for each person.
    """

    top: Floats
    below: Floats
    treated: NDArray[np.bool_]
    weight: Floats
    before: Floats
    cluster: NDArray[np.int64]

    def among(self, rows: NDArray[np.bool_]) -> Units:
        """Some of them."""
        return Units(
            self.top[rows], self.below[rows], self.treated[rows], self.weight[rows], self.before[rows],
            self.cluster[rows],
        )  # fmt: skip

    def __len__(self) -> int:
        return len(self.top)


@dataclass(frozen=True)
class Difference:
    """base, other: the ratio in either group, as it is. effect: their difference, adjusted, with its variance. units:
    of both groups. reduction: which part of the variance the adjustment took away.
    """

    base: float
    other: float
    effect: float
    variance: float
    units: int
    reduction: float

    def fixed(self) -> tuple[float, float]:
        """The 95% interval of who looks once, at a time chosen before."""
        half = Z * self.variance**0.5
        return self.effect - half, self.effect + half

    def anytime(self, tuned: float, alpha: float = ALPHA) -> tuple[float, float]:
        """The interval of who looks whenever they want."""
        half = float(half_width(self.variance, float(self.units), tuned, alpha))
        return self.effect - half, self.effect + half


def difference(units: Units) -> Difference | None:
    """What the treated are more than the others; None where there are too few to say anything."""
    units = units.among(units.below > 0)
    if not _enough(units):
        return None
    groups = (~units.treated, units.treated)
    ratios = [_ratio(units, rows) for rows in groups]
    told = _told(units, groups, ratios)
    slope = _slope(units, told)
    explained = units.before @ slope
    gap = [np.average(explained[rows], weights=units.weight[rows]) for rows in groups]
    least = _exact(ratios)
    plain, adjusted = (max(_variance(units, groups, part), least) for part in (told, told - explained))
    shift = gap[1] - gap[0] if adjusted < plain else 0.0
    variance = min(plain, adjusted)
    return Difference(
        ratios[0], ratios[1], float(ratios[1] - ratios[0] - shift), variance, len(units), 1 - variance / plain
    )  # fmt: skip


def _enough(units: Units) -> bool:
    fewest = min(int(units.treated.sum()), int((~units.treated).sum()))
    if fewest < UNITS:
        return False
    return fewest * float((units.top != 0).mean()) >= EVENTS


def _ratio(units: Units, rows: NDArray[np.bool_]) -> float:
    weight = units.weight[rows]
    return float((weight @ units.top[rows]) / (weight @ units.below[rows]))


def _told(units: Units, groups: Groups, ratios: list[float]) -> Floats:
    """(n,) how far each unit moves the ratio of its group, times the group's size; its mean is 0 in either."""
    told = np.empty(len(units))
    for rows, ratio in zip(groups, ratios, strict=True):
        size = np.average(units.below[rows], weights=units.weight[rows])
        told[rows] = (units.top[rows] - ratio * units.below[rows]) / size
    return told


def _slope(units: Units, told: Floats) -> Floats:
    """(k,) of what is told by what was known before, in both groups together; 0 for what never differs."""
    if not units.before.shape[1]:
        return np.zeros(0)
    centred = units.before - np.average(units.before, axis=0, weights=units.weight)
    scale = centred.std(axis=0)
    scale[scale == 0] = 1.0
    even = centred / scale
    weighed = even * units.weight[:, None]
    found = np.linalg.lstsq(weighed.T @ even, weighed.T @ told, rcond=1e-10)[0]
    return np.asarray(found / scale)


def _variance(units: Units, groups: Groups, told: Floats) -> float:
    """Of the difference: by clusters, and at least what it would be if both groups spread alike, for the smaller may
    have had too little happen to tell its own.
    """
    moved, alike = np.zeros(len(units)), 0.0
    spread = float(np.average(np.square(told - np.average(told, weights=units.weight)), weights=units.weight))
    for rows, sign in zip(groups, (-1.0, 1.0), strict=True):
        share = units.weight[rows] / units.weight[rows].sum()
        moved[rows] = sign * share * (told[rows] - share @ told[rows])
        alike += spread * float(np.square(share).sum())
    clustered = np.bincount(units.cluster, weights=moved)
    return max(float(np.square(clustered).sum()), alike)


def _exact(ratios: list[float]) -> float:
    """The variance of what is the same for everybody, but for how numbers are kept."""
    return (1e-9 * max(map(abs, ratios))) ** 2
