"""Policies compared over seeds: means, paired differences and shares, each with a 95% interval."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict

import numpy as np
from scipy.stats import t as student

from simulator.loop.outcome import MEASURES, Outcome

RESAMPLES = 2_000
SHARED = ("renewal_rate", "gmv")
"""Measures of which the share of the oracle's gain is told."""

Interval = dict[str, float | None]
"""`mean`, `low`, `high`; bounds are null with one seed."""


def interval(values: Sequence[float] | np.ndarray) -> Interval:
    """The mean over seeds with Student's 95% interval.

    >>> interval([1.0, 2.0, 3.0])["mean"]
    2.0
    """
    found = np.asarray(values, np.float64)
    mean = float(found.mean())
    if len(found) < 2:
        return {"mean": mean, "low": None, "high": None}
    half = float(student.ppf(0.975, len(found) - 1) * found.std(ddof=1) / len(found) ** 0.5)
    return {"mean": mean, "low": mean - half, "high": mean + half}


def compared(outcomes: Mapping[str, Sequence[Outcome]], base: str = "fifo", best: str = "oracle") -> dict[str, object]:
    """Per policy its `level`, its `difference` from the base on the same seeds, and its `share` of what the best
    gains over the base.
    """
    found: dict[str, object] = {}
    for name, runs in outcomes.items():
        item: dict[str, object] = {"level": {m: interval(_values(runs, m)) for m in MEASURES}}
        item["seeds"] = [asdict(run) for run in runs]
        if base in outcomes and name != base:
            pairs = {m: _values(runs, m) - _values(outcomes[base], m) for m in MEASURES}
            item["difference"] = {m: interval(pairs[m]) for m in MEASURES}
        if {base, best} <= set(outcomes) and name not in (base, best):
            item["share"] = {m: _share(runs, outcomes[base], outcomes[best], m) for m in SHARED}
        found[name] = item
    return found


def _share(runs: Sequence[Outcome], base: Sequence[Outcome], best: Sequence[Outcome], measure: str) -> Interval:
    """Ratio of mean gains; its interval by drawing seeds anew."""
    gain = _values(runs, measure) - _values(base, measure)
    most = _values(best, measure) - _values(base, measure)
    ratio = float(gain.mean() / most.mean()) if most.mean() else 0.0
    if len(gain) < 2:
        return {"mean": ratio, "low": None, "high": None}
    drawn = np.random.default_rng(0).integers(0, len(gain), (RESAMPLES, len(gain)))
    above = most[drawn].mean(axis=1)
    told = above != 0
    if not told.any():
        return {"mean": ratio, "low": None, "high": None}
    low, high = np.percentile(gain[drawn].mean(axis=1)[told] / above[told], [2.5, 97.5])
    return {"mean": ratio, "low": float(low), "high": float(high)}


def _values(runs: Sequence[Outcome], measure: str) -> np.ndarray:
    return np.array([getattr(run, measure) for run in runs], np.float64)
