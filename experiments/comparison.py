"""Policies compared over branches and teachers: means, paired differences and shares, each with a 95% interval."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict

import numpy as np
from scipy.stats import t as student

from simulator.loop.outcome import MEASURES, Outcome

SHARED = ("renewal_rate", "gmv")
"""Measures of which the share of the reference's gain is told."""

Runs = Sequence[Sequence[Outcome]]
"""Of one policy, by teacher and branch; a policy that learns from nobody has one row."""

Interval = dict[str, float | None]
"""`mean`, `low`, `high`; bounds are null with a single run."""


def interval(cells: Sequence[Sequence[float]] | Sequence[float] | np.ndarray) -> Interval:
    """The mean of (teachers, branches) cells, or of branches alone, with its 95% interval for others of both.

    The variance is that of the teachers' means over their number and that of the branches' over theirs; what is left
    over is in both, so that it is rather too large than too small (Owen, The pigeonhole bootstrap, 2007). Student's,
    with Satterthwaite's degrees of freedom. Where there is one teacher, or one branch, it is that of the rest.

    >>> interval([1.0, 2.0, 3.0])["mean"]
    2.0
    """
    found = np.atleast_2d(np.asarray(cells, np.float64))
    mean = float(found.mean())
    parts = [_part(found.mean(axis=1 - axis)) for axis in (0, 1) if found.shape[axis] > 1]
    if not parts:
        return {"mean": mean, "low": None, "high": None}
    variance = sum(part for part, _ in parts)
    freedom = variance**2 / sum(part**2 / free for part, free in parts) if variance > 0 else 1.0
    half = float(student.ppf(0.975, freedom) * variance**0.5)
    return {"mean": mean, "low": mean - half, "high": mean + half}


def _part(means: np.ndarray) -> tuple[float, int]:
    """The variance that one way of drawing gives the mean, and its degrees of freedom."""
    return float(means.var(ddof=1)) / len(means), len(means) - 1


def compared(outcomes: Mapping[str, Runs], base: str = "fifo", best: str = "reference") -> dict[str, object]:
    """Per policy its `level`, its `difference` from the base with the same teachers and branches, and its `share` of
    what the best gains over the base.
    """
    found: dict[str, object] = {}
    for name, runs in outcomes.items():
        item: dict[str, object] = {"level": {m: interval(_values(runs, m)) for m in MEASURES}}
        item["runs"] = [[asdict(run) for run in row] for row in runs]
        if base in outcomes and name != base:
            pairs = {m: _values(runs, m) - _values(outcomes[base], m) for m in MEASURES}
            item["difference"] = {m: interval(pairs[m]) for m in MEASURES}
        if {base, best} <= set(outcomes) and name not in (base, best):
            item["share"] = {m: _share(runs, outcomes[base], outcomes[best], m) for m in SHARED}
        found[name] = item
    return found


def _share(runs: Runs, base: Runs, best: Runs, measure: str) -> Interval:
    """Ratio of mean gains, with the interval of its linearised cells; no interval where the best gains nothing."""
    gain = _values(runs, measure) - _values(base, measure)
    most = _values(best, measure) - _values(base, measure)
    if not most.mean():
        return {"mean": 0.0, "low": None, "high": None}
    ratio = float(gain.mean() / most.mean())
    return interval(ratio + (gain - ratio * most) / most.mean())


def _values(runs: Runs, measure: str) -> np.ndarray:
    """(teachers, branches)"""
    return np.array([[getattr(run, measure) for run in row] for row in runs], np.float64)
