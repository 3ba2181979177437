"""A look a day for a year, stopping at whatever is found: A/A streams, A/B streams, and the fixed test beside."""

from __future__ import annotations

import numpy as np
import pytest

from benchmarks.harness.arms import Arms, looked, planned


@pytest.mark.parametrize(("people", "share", "rate"), [(200, 0.5, 0.05), (300, 0.1, 0.05), (700, 0.02, 0.3)])
def test_a_year_of_daily_looks_at_alike_arms_is_wrong_in_at_most_5_of_100_cases(
    people: int, share: float, rate: float
) -> None:
    looks = looked(Arms(people, share, rate), 1_000, seed=11)
    assert looks.ever(looks.anytime) <= 0.05
    # Who looks at a fixed interval as often is wrong far more often than it says.
    assert looks.ever(looks.fixed) >= 0.25


def test_a_difference_is_found_and_soon() -> None:
    arms = Arms(200, 0.5, 0.05, lift=0.01)
    looks = looked(arms, 500, seed=12)
    assert looks.ever(looks.anytime) >= 0.95
    assert np.median(looks.days(looks.anytime)) < 1.5 * planned(arms, arms.lift)


def test_a_fixed_test_has_the_power_that_it_was_planned_for_and_a_great_difference_is_told_before_it_ends() -> None:
    arms, lift = Arms(200, 0.5, 0.05, lift=0.02), 0.01
    end = planned(arms, lift)
    as_planned, twice = looked(Arms(200, 0.5, 0.05, lift), 500, seed=13), looked(arms, 500, seed=13)
    assert as_planned.on(as_planned.fixed, end) == pytest.approx(0.8, abs=0.06)
    assert twice.days(twice.anytime).mean() < 0.6 * end
    assert twice.by(twice.anytime, end) >= 0.99
