"""Rates by group, and their ratio to the highest: the adverse impact ratio, with an interval."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import exp, log, sqrt
from statistics import NormalDist

from monitoring.fairness.answer import Finding, GroupRate
from monitoring.reports.answer import Interval
from monitoring.statistics.intervals import wilson


@dataclass(frozen=True)
class Counted:
    """Of a group: customers of whom a measure speaks, and of whom it is true."""

    of: int
    true: int

    @property
    def rate(self) -> float | None:
        return self.true / self.of if self.of else None


def rates(measure: str, groups: Mapping[str, Counted], bound: float, least: int) -> dict[str, GroupRate]:
    """By group. Compared with the highest rate of those that are not small."""
    told = {name: one for name, one in groups.items() if one.of >= least}
    best = max(told.values(), key=lambda one: one.true / one.of, default=None)
    among = max(len(told) - 1, 1)
    return {name: _rate(measure, one, best, bound, least, among) for name, one in groups.items()}


def _rate(measure: str, one: Counted, best: Counted | None, bound: float, least: int, among: int) -> GroupRate:
    ratio, interval = None, None
    if best is not None and best.true and one.of:
        ratio = (one.true / one.of) / (best.true / best.of)
        interval = None if one is best else ratio_interval(one, best, among)
    return {
        "measure": measure,
        "of": one.of,
        "rate": one.rate,
        "interval": _pair(wilson(one.true, one.of)) if one.of else None,
        "ratio": ratio,
        "ratio_interval": interval,
        "finding": _finding(one, ratio, interval, bound, least),
    }


def ratio_interval(one: Counted, best: Counted, among: int = 1) -> Interval | None:
    """Of the ratio of two rates, by its logarithm (Katz et al. 1978), at 95% for so many together (Bonferroni); None
    where nobody of a group counts.

    >>> found = ratio_interval(Counted(100, 30), Counted(100, 40))
    >>> round(found["low"], 2), round(found["high"], 2)
    (0.51, 1.1)
    """
    if not one.true or not best.true:
        return None
    spread = sqrt(1 / one.true - 1 / one.of + 1 / best.true - 1 / best.of)
    beyond = NormalDist().inv_cdf(1 - 0.05 / (2 * among)) * spread
    centre = log((one.true / one.of) / (best.true / best.of))
    return {"low": exp(centre - beyond), "high": exp(centre + beyond)}


def _finding(one: Counted, ratio: float | None, interval: Interval | None, bound: float, least: int) -> Finding:
    if one.of < least or ratio is None:
        return "small"
    if ratio >= bound:
        return "within"
    return "below" if interval is None or interval["high"] < bound else "unclear"


def _pair(ends: Sequence[float]) -> Interval:
    return {"low": ends[0], "high": ends[1]}
