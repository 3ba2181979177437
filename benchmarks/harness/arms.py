"""Streams of people drawn into two arms day by day, and what whoever looks at them every day would find."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from monitoring.statistics.difference import EVENTS, UNITS
from monitoring.statistics.intervals import Z
from monitoring.statistics.sequence import half_width

DAYS = 365

TUNED = 90
"""Days at which the interval that may be looked at any time is narrow."""


@dataclass(frozen=True)
class Arms:
    """People a day, `share` of them in the new arm; of the old one succeed at `rate`, of the new one `lift` more."""

    people: int
    share: float
    rate: float
    lift: float = 0.0


@dataclass(frozen=True)
class Looks:
    """Of streams by day: whether there is enough to look, how far the rates lie apart, and either half width."""

    enough: np.ndarray
    gap: np.ndarray
    anytime: np.ndarray
    fixed: np.ndarray

    def ever(self, half: np.ndarray) -> float:
        """The share of streams in which somebody who looks every day finds a difference."""
        return float(self._found(half).any(axis=1).mean())

    def by(self, half: np.ndarray, day: int) -> float:
        """The share in which it was found by a day, counted from 1."""
        return float(self._found(half)[:, :day].any(axis=1).mean())

    def on(self, half: np.ndarray, day: int) -> float:
        """The share in which whoever looks on that day alone finds one."""
        return float(self._found(half)[:, day - 1].mean())

    def days(self, half: np.ndarray) -> np.ndarray:
        """The day on which it is found, the last where it is not."""
        found = self._found(half)
        days: np.ndarray = np.where(found.any(axis=1), found.argmax(axis=1) + 1, DAYS)
        return days

    def _found(self, half: np.ndarray) -> np.ndarray:
        found: np.ndarray = (np.abs(self.gap) > half) & self.enough
        return found


def looked(arms: Arms, many: int, seed: int) -> Looks:
    """So many streams of a year; the moments that `difference` works out, added up."""
    rng = np.random.default_rng(seed)
    new = rng.binomial(arms.people, arms.share, (many, DAYS))
    old = arms.people - new
    drawn = ((old, arms.rate), (new, arms.rate + arms.lift))
    hits = [rng.binomial(count, chance).cumsum(axis=1) for count, chance in drawn]
    counts = [count.cumsum(axis=1) for count in (old, new)]
    means = [hit / np.maximum(count, 1) for hit, count in zip(hits, counts, strict=True)]
    whole, both = counts[0] + counts[1], hits[0] + hits[1]
    pooled = both / whole * (1 - both / whole)
    own = sum(mean * (1 - mean) / np.maximum(count, 1) for mean, count in zip(means, counts, strict=True))
    variance = np.maximum(own, pooled * sum(1 / np.maximum(count, 1) for count in counts))
    fewest = np.minimum(*counts)
    enough = (fewest >= UNITS) & (fewest * both / whole >= EVENTS)
    anytime = half_width(variance, whole.astype(float), float(TUNED * arms.people))
    return Looks(enough, means[1] - means[0], anytime, Z * np.sqrt(variance))


def planned(arms: Arms, lift: float, power: float = 2.8) -> int:
    """Days after which a fixed test of 80% power is over that was planned for a lift. power: standard errors that the
    lift must be of for it, those of 5% and of 80%.
    """
    new = arms.rate + lift
    a_day = arms.rate * (1 - arms.rate) / (1 - arms.share) + new * (1 - new) / arms.share
    return int(np.ceil((power / lift) ** 2 * a_day / arms.people))
