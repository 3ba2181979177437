"""What later trials show: an effect that is there, on average and of each, and chance is no proof."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from training.contact.found import Found, Later, found
from training.contact.scores import Scores
from training.contact.verdict import LEVEL, proven

ROWS = 6_000


def trials(seed: int = 1, effect: float = 0.1, average: float = 0.0, confounded: bool = False) -> Later:
    """Contact adds the average, and the effect to those of whom it is said, and takes that from the others."""
    rng = np.random.default_rng(seed)
    said = rng.normal(0, 0.05, ROWS)
    likely = rng.random(ROWS)
    chance = 0.2 + 0.6 * likely if confounded else np.full(ROWS, 0.4)
    treated = rng.random(ROWS) < chance
    base = 0.3 + 0.3 * likely
    label = (rng.random(ROWS) < base + treated * (average + effect * np.sign(said))).astype(np.float64)
    room = chance * (1 - chance)
    scores = Scores((treated - chance) * (label - base - chance * average), room, room * base * (1 - base))
    return Later(scores, said, np.ones(ROWS), np.arange(ROWS))


def test_the_difference_that_was_planted_is_found() -> None:
    shown = found(trials(), seed=1)
    assert shown.top.value == pytest.approx(0.1, abs=0.05)
    assert shown.bottom.value == pytest.approx(-0.1, abs=0.05)
    assert shown.difference.interval[0] < shown.difference.value < shown.difference.interval[1]
    assert proven(shown, LEVEL) == "each"


def test_what_contact_does_on_average_is_found_with_the_share_of_what_was_said() -> None:
    shown = found(trials(average=0.08), seed=1)
    assert shown.average.value == pytest.approx(0.08, abs=0.03)
    # 0.1 · |said| / said² is what the sign of a normal number lets expect of the number.
    assert shown.slope.value == pytest.approx(0.1 * np.sqrt(2 / np.pi) / 0.05, abs=0.5)


def test_an_effect_that_is_as_it_was_said_has_a_slope_of_one() -> None:
    later = trials(effect=0.0)
    as_said = replace(later.scores, gain=later.scores.gain + later.scores.information * later.said)
    shown = found(replace(later, scores=as_said), seed=1)
    assert shown.slope.interval[0] < 1 < shown.slope.interval[1]


def test_an_effect_that_is_not_there_is_seldom_proven() -> None:
    assert sum(proven(found(trials(seed, effect=0.0), seed), LEVEL) is not None for seed in range(60)) <= 5


def test_an_effect_said_the_wrong_way_round_is_not_proven() -> None:
    later = trials()
    assert proven(found(replace(later, said=-later.said), seed=1), LEVEL) is None


def test_a_benefit_that_is_the_same_for_all_is_proven_on_average() -> None:
    assert proven(found(trials(effect=0.0, average=0.1), seed=1), LEVEL) == "even"


def test_a_harm_that_is_the_same_for_all_is_never_proven() -> None:
    for seed in range(20):
        assert proven(found(trials(seed, effect=0.0, average=-0.1), seed), LEVEL) is None


def test_less_harm_is_no_help() -> None:
    shown = found(trials(effect=0.05, average=-0.2), seed=1)
    assert shown.slope.interval[0] > 0
    assert proven(shown, LEVEL) is None


def test_who_was_contacted_because_they_would_succeed_anyway_proves_nothing() -> None:
    assert abs(found(trials(effect=0.0, confounded=True), seed=1).average.value) < 0.03


@pytest.mark.parametrize(("name", "truth"), [("difference", 0.2), ("average", 0.0)])
def test_the_interval_covers_what_was_planted_about_as_often_as_it_says(name: str, truth: float) -> None:
    shown = [getattr(found(trials(seed), seed), name).interval for seed in range(60)]
    assert 48 <= sum(low <= truth <= high for low, high in shown) <= 60


def test_rows_of_one_customer_count_as_one_witness() -> None:
    later = trials()
    rows = np.repeat(np.arange(ROWS), 4)
    scores = Scores(*(getattr(later.scores, name)[rows] for name in ("gain", "information", "leverage")))
    again = Later(scores, later.said[rows], later.weight[rows], later.customer[rows])
    one, four = found(later, seed=1), found(again, seed=1)
    assert four.average.error == pytest.approx(one.average.error)
    assert four.slope.error == pytest.approx(one.slope.error)


def test_the_same_seed_gives_the_same_answer() -> None:
    assert found(trials(), seed=3) == found(trials(), seed=3)


def nothing() -> Found:
    later = trials()
    return found(replace(later, scores=Scores(*(np.zeros(ROWS) for _ in range(3)))), seed=1)


def test_where_nothing_varies_nothing_is_found() -> None:
    assert (nothing().average.value, nothing().open, proven(nothing(), LEVEL)) == (0.0, 0.0, None)
