"""Estimators of a policy's mean reward from another's log, with their intervals.

- IPS: mean of w·r with w = target/logged (Horvitz and Thompson 1952). Unbiased without clipping, and wide.
- SNIPS: Σ w·r / Σ w (Swaminathan and Joachims 2015). Unmoved by a constant added to the reward; a little biased.
- DR: mean of q̂(target) + w·(r − q̂(taken)) (Dudík, Langford and Li 2011). Right when either weights or model are.

Intervals are normal: the standard error of the mean of the terms, for SNIPS of its linearised terms (delta method).
They hold only where the log holds enough of what the target does: a log that happens to hold none of it shows no
spread either. So it is asked of both policies how much is to be expected, not of the weights that were drawn, and
enough of it must be such that something came of it. Where the log does not tell (see `doubts`), there is no number.

Clipping the weights trades their variance for a bias towards what is not taken, or for DR towards the model; nothing is
clipped unless it is asked for.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from statistics import NormalDist

import numpy as np

from leads.errors import InvalidInput
from monitoring.offpolicy.log import Log

LEAST = 20
"""Decisions of the target's own that a log must be worth."""

TELLING = 20
"""Of these, such that something came of it: their number over the kurtosis of the log's rewards, which for a rare
success is one over how often it comes. Below it normal intervals cover less than they say (docs/offpolicy.md).
"""

UNTRIED = 0.01
"""Share of what the target does that may be such as could never have been logged."""

FAR = 0.1
"""How far the mean weight may be from 1 in any case; further, where chance explains it."""


@dataclass(frozen=True)
class Estimate:
    """A mean reward per decision and its confidence interval."""

    value: float
    low: float
    high: float

    def covers(self, value: float) -> bool:
        return self.low <= value <= self.high


@dataclass(frozen=True)
class Evaluation:
    """The three estimates of a target policy, None where the log does not tell.

    doubts: why it does not, in words; empty where it does.
    effective: how many decisions of the target's own would tell as much, (Σw)² / Σw² as it is to be expected; as it was
    drawn where only that is known. telling: how many of these are such that something came of it. mean_weight: about 1
    where the log covers what the target does; well below it, the target does what was never tried. clipped: share of
    weights that were cut. logged: the mean reward of the log itself.
    """

    rows: int
    ips: Estimate | None
    snips: Estimate | None
    dr: Estimate | None
    logged: Estimate
    effective: float
    telling: float
    mean_weight: float
    clipped: float
    doubts: tuple[str, ...] = ()


def ips(log: Log, clip: float = np.inf, level: float = 0.95) -> Estimate:
    """Inverse propensity scoring."""
    return mean_estimate(log.weights(clip) * log.reward, level)


def snips(log: Log, clip: float = np.inf, level: float = 0.95) -> Estimate:
    """Self-normalised inverse propensity scoring, of a log with some overlap."""
    weights = log.weights(clip)
    total = weights.mean()
    value = float((weights * log.reward).mean() / total)
    return _around(value, weights * (log.reward - value) / total, level)


def doubly_robust(log: Log, clip: float = np.inf, level: float = 0.95) -> Estimate:
    """The model's prediction, corrected where the log shows that it is off."""
    return mean_estimate(log.expected + log.weights(clip) * (log.reward - log.predicted), level)


def mean_estimate(terms: np.ndarray, level: float = 0.95) -> Estimate:
    """The mean of terms (n,) and its interval."""
    value = float(terms.mean())
    return _around(value, terms - value, level)


def _around(value: float, deviations: np.ndarray, level: float) -> Estimate:
    error = float(np.sqrt((deviations**2).sum() / (len(deviations) - 1) / len(deviations)))
    reach = NormalDist().inv_cdf(0.5 + level / 2) * error
    return Estimate(value, value - reach, value + reach)


def evaluate(log: Log, clip: float = np.inf, level: float = 0.95) -> Evaluation:
    """All estimates of a log. clip: weights above it are cut to it; level: of the intervals, such as 0.95."""
    if not clip > 0:
        raise InvalidInput("clip", clip, "above 0")
    if not 0 < level < 1:
        raise InvalidInput("level", level, "between 0 and 1")
    mean, square = log.moments(clip)
    effective = len(log.reward) * mean**2 / square if square else 0.0
    telling = effective / _kurtosis(log.reward)
    found = doubts(log, effective, telling)
    estimators: dict[str, Callable[[Log, float, float], Estimate]] = {
        "ips": ips, "snips": snips, "dr": doubly_robust,
    }  # fmt: skip
    return Evaluation(
        rows=len(log.reward),
        **{name: None if found else estimator(log, clip, level) for name, estimator in estimators.items()},
        logged=mean_estimate(log.reward, level),
        effective=effective,
        telling=telling,
        mean_weight=float(log.weights(clip).mean()),
        clipped=float((log.target / log.logged > clip).mean()),
        doubts=found,
    )


def _kurtosis(reward: np.ndarray) -> float:
    """At least 1, that of a fair coin; 1 too where every reward is the same."""
    away = reward - reward.mean()
    spread = float((away**2).mean())
    return float((away**4).mean()) / spread**2 if spread > 0 else 1.0


def doubts(log: Log, effective: float, telling: float) -> tuple[str, ...]:
    """Why the log does not tell what the target would bring in; none where it does.

    The mean weight is 1 on average where all that the target does could have been logged. effective, telling: as in
    Evaluation.
    """
    weights, found = log.weights(np.inf), []
    if log.overlap is not None and log.overlap.untried > UNTRIED:
        found.append(f"{log.overlap.untried:.1%} of what the policy does could never have been logged")
    if not weights.any():
        return (*found, "nothing that the policy does was ever done: there is no overlap")
    if effective < LEAST:
        found.append(f"the log is worth {effective:.1f} decisions of the policy's own, and {LEAST} are asked")
    elif telling < TELLING:
        found.append(
            f"of the {effective:.0f} decisions of the policy's own that the log is worth, something came of about "
            f"{telling:.1f}, and {TELLING} are asked"
        )
    expected, square = log.moments(np.inf)
    mean, error = float(weights.mean()), max((square - expected**2) / len(weights), 0.0) ** 0.5
    if abs(mean - 1) > max(FAR, 3 * error):
        found.append(f"the mean weight is {mean:.2f} and not about 1: the policy does what was never tried")
    return tuple(found)
