"""Two weeks that share outcomes are together wrong no more often than two that share none."""

from __future__ import annotations

from datetime import timedelta

import numpy as np
import pytest

from monitoring.statistics.intervals import Z
from monitoring.statistics.overlap import needed

WEEK, DAY = timedelta(days=7), timedelta(days=1)


@pytest.mark.parametrize("horizon", [7, 30, 90])
def test_two_weeks_of_shared_noise_pass_together_as_seldom_as_two_of_their_own(horizon: int) -> None:
    rng, length = np.random.default_rng(17), 7 + horizon
    shared = rng.normal(size=2_000_000) * (horizon / length) ** 0.5
    first, second = (shared + rng.normal(size=2_000_000) * (7 / length) ** 0.5 for _ in range(2))
    sure = needed(WEEK, WEEK, horizon * DAY)
    by_chance = 0.025**2
    assert np.mean((first > sure) & (second > sure)) == pytest.approx(by_chance, rel=0.15)
    assert np.mean((first > Z) & (second > Z)) > 3 * by_chance


def test_weeks_a_horizon_apart_need_no_more_than_one_alone() -> None:
    assert needed(5 * WEEK, WEEK, 28 * DAY) == needed(WEEK, WEEK, 0 * DAY) == Z
    assert Z < needed(3 * WEEK, WEEK, 28 * DAY) < needed(WEEK, WEEK, 28 * DAY)
