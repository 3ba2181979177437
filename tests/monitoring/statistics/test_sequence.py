"""A look a day for a year, stopping at whatever is found: A/A streams, A/B streams, and the fixed interval beside."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pytest

from monitoring.statistics.difference import EVENTS, UNITS
from monitoring.statistics.intervals import Z
from monitoring.statistics.sequence import half_width

DAYS = 365


@dataclass(frozen=True)
class Looks:
    """Of streams by day: whether there is enough to look, how far the rates lie apart, and either half width."""

    enough: np.ndarray
    gap: np.ndarray
    anytime: np.ndarray
    fixed: np.ndarray

    def ever(self, half: np.ndarray) -> float:
        """The share of streams in which somebody who looks every day finds a difference."""
        return float(((np.abs(self.gap) > half) & self.enough).any(axis=1).mean())

    def days(self, half: np.ndarray) -> np.ndarray:
        """The day on which it is found, the last where it is not."""
        found = (np.abs(self.gap) > half) & self.enough
        return np.where(found.any(axis=1), found.argmax(axis=1) + 1, DAYS)


def streams(many: int, people: int, share: float, rate: float, lift: float, seed: int) -> Looks:
    """People who come each day, some of whom succeed; the moments that `difference` works out, added up."""
    rng = np.random.default_rng(seed)
    new = rng.binomial(people, share, (many, DAYS))
    old = people - new
    hits = [rng.binomial(count, chance).cumsum(axis=1) for count, chance in ((old, rate), (new, rate + lift))]
    counts = [count.cumsum(axis=1) for count in (old, new)]
    means = [hit / np.maximum(count, 1) for hit, count in zip(hits, counts, strict=True)]
    whole, both = sum(counts), sum(hits)
    pooled = both / whole * (1 - both / whole)
    own = sum(mean * (1 - mean) / np.maximum(count, 1) for mean, count in zip(means, counts, strict=True))
    variance = np.maximum(own, pooled * sum(1 / np.maximum(count, 1) for count in counts))
    fewest = np.minimum(*counts)
    enough = (fewest >= UNITS) & (fewest * both / whole >= EVENTS)
    tuned = 90.0 * people
    return Looks(enough, means[1] - means[0], half_width(variance, whole.astype(float), tuned), Z * np.sqrt(variance))


@pytest.mark.parametrize(("people", "share", "rate"), [(200, 0.5, 0.05), (300, 0.1, 0.05), (700, 0.02, 0.3)])
def test_a_year_of_daily_looks_at_alike_arms_is_wrong_in_at_most_5_of_100_cases(
    people: int, share: float, rate: float
) -> None:
    looks = streams(1_000, people, share, rate, 0.0, seed=11)
    assert looks.ever(looks.anytime) <= 0.05
    # Who looks at a fixed interval as often is wrong far more often than it says.
    assert looks.ever(looks.fixed) >= 0.25


def test_a_difference_is_found_and_soon() -> None:
    looks = streams(500, 200, 0.5, 0.05, 0.01, seed=12)
    assert looks.ever(looks.anytime) >= 0.95
    # A fixed test of 80% power would have had to be planned, and waits until its end whatever it sees.
    planned = (2.8 / 0.01) ** 2 * 2 * 0.055 * 0.945 / 100
    assert np.median(looks.days(looks.anytime)) < 1.5 * planned
