"""Two halves of later trials: a difference that is there is found, whoever was contacted, and chance is no proof."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from training.contact.halves import Later, halves

ROWS = 6_000


def trials(seed: int = 1, effect: float = 0.1, confounded: bool = False) -> Later:
    """Contact adds the effect to those of whom it is said, and takes it from the others."""
    rng = np.random.default_rng(seed)
    said = rng.normal(0, 0.05, ROWS)
    likely = rng.random(ROWS)
    chance = 0.2 + 0.6 * likely if confounded else np.full(ROWS, 0.4)
    treated = rng.random(ROWS) < chance
    base = 0.3 + 0.3 * likely
    label = (rng.random(ROWS) < base + treated * effect * np.sign(said)).astype(np.float64)
    return Later(label, treated.astype(float), base, chance, said, np.ones(ROWS), np.arange(ROWS))


def test_the_difference_that_was_planted_is_found() -> None:
    found = halves(trials(), seed=1)
    assert found.top == pytest.approx(0.1, abs=0.05)
    assert found.bottom == pytest.approx(-0.1, abs=0.05)
    assert found.interval[0] < found.difference < found.interval[1]
    assert found.proven


def test_an_effect_that_is_not_there_is_seldom_proven() -> None:
    proven = sum(halves(trials(seed, effect=0.0), seed).proven for seed in range(40))
    assert proven <= 6


def test_an_effect_said_the_wrong_way_round_is_not_proven() -> None:
    later = trials()
    assert not halves(replace(later, effect=-later.effect), seed=1).proven


def test_who_was_contacted_because_they_would_succeed_anyway_proves_nothing() -> None:
    later = trials(effect=0.0, confounded=True)
    by_chance = later.chance
    found = halves(replace(later, effect=by_chance), seed=1)
    treated = later.label[later.treated > 0].mean() - later.label[later.treated == 0].mean()
    assert treated > 0.03
    assert abs(found.everyone) < 0.03


def test_the_interval_covers_what_was_planted_about_as_often_as_it_says() -> None:
    covered = 0
    for seed in range(60):
        low, high = halves(trials(seed), seed).interval
        covered += low <= 0.2 <= high
    assert 45 <= covered <= 60


def test_rows_of_one_customer_count_as_one_witness() -> None:
    later = trials()
    again = Later(*(np.repeat(getattr(later, name), 4) for name in Later.__dataclass_fields__))
    one, four = halves(later, seed=1).interval, halves(again, seed=1).interval
    assert four[1] - four[0] == pytest.approx(one[1] - one[0], rel=0.15)


def test_the_same_seed_gives_the_same_interval() -> None:
    assert halves(trials(), seed=3) == halves(trials(), seed=3)


def test_where_nothing_varies_nothing_is_found() -> None:
    later = trials()
    found = halves(replace(later, treated=np.ones(ROWS), chance=np.ones(ROWS)), seed=1)
    assert (found.difference, found.proven) == (0.0, False)
