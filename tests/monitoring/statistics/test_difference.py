"""Differences cover the truth, whatever is counted, and adjusting moves nothing on average."""

from __future__ import annotations

import numpy as np

from monitoring.statistics.difference import Units, difference

RUNS = 300


def drawn(seed: int, effect: float, count: int = 2_000, share: float = 0.3, months: int = 1) -> Units:
    """Ratios of two counts that go together, in people who are drawn each month anew; half of it was known before."""
    rng = np.random.default_rng(seed)
    person = np.tile(np.arange(count), months)
    known = np.tile(rng.normal(size=count), months)
    treated = rng.random(count * months) < share
    below = rng.poisson(1.5, count * months).astype(float)
    rate = np.clip(0.4 + 0.1 * known + effect * treated, 0, 1)
    top = rng.binomial(below.astype(int), rate).astype(float)
    weight = np.where(treated, 1 / share, 1 / (1 - share))
    return Units(top, below, treated, weight, known[:, None], person.astype(np.int64))


def covered(effect: float, **how: float) -> float:
    found = [difference(drawn(seed, effect, **how)) for seed in range(RUNS)]  # type: ignore[arg-type]
    ends = [one.fixed() for one in found if one is not None]
    assert len(ends) == RUNS
    return float(np.mean([low <= effect <= high for low, high in ends]))


def test_a_fixed_interval_covers_the_truth_in_95_of_100_cases() -> None:
    assert 0.92 <= covered(0.05) <= 0.98


def test_it_does_where_people_are_drawn_again_each_month() -> None:
    assert 0.92 <= covered(0.0, count=700, months=3) <= 0.98


def test_adjusting_narrows_and_moves_nothing_on_average() -> None:
    found = [difference(drawn(seed, 0.05)) for seed in range(RUNS)]
    effects = np.array([one.effect for one in found if one is not None])
    assert abs(effects.mean() - 0.05) < 4 * effects.std() / np.sqrt(RUNS)
    assert all(one is not None and one.reduction > 0.03 for one in found)


def test_too_few_say_nothing() -> None:
    assert difference(drawn(1, 0.1, count=300)) is None
    rare = drawn(1, 0.0)
    assert difference(Units(rare.top * 0, rare.below, rare.treated, rare.weight, rare.before, rare.cluster)) is None


def test_what_is_the_same_for_everybody_differs_by_nothing() -> None:
    units = drawn(1, 0.0)
    alike = Units(units.below * 1.0, units.below, units.treated, units.weight, units.before, units.cluster)
    found = difference(alike)
    assert found is not None
    low, high = found.anytime(1_000)
    assert low <= 0 <= high


def test_months_of_other_shares_are_no_effect() -> None:
    """More are treated in a month in which everybody does better."""
    rng = np.random.default_rng(2)
    month = np.repeat([0, 1], 5_000)
    share = np.where(month == 0, 0.1, 0.6)
    treated = rng.random(10_000) < share
    top = (rng.random(10_000) < np.where(month == 0, 0.2, 0.5)).astype(float)
    weight = np.where(treated, 1 / share, 1 / (1 - share))
    units = Units(top, np.ones(10_000), treated, weight, np.zeros((10_000, 0)), np.arange(10_000))
    found = difference(units)
    assert found is not None
    low, high = found.fixed()
    assert low <= 0 <= high
