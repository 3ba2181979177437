"""What trials tell of an effect: nothing where there is none, whoever was contacted and whoever succeeded first."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pytest
from numpy.typing import NDArray

from training.contact.scores import Scores, scored
from training.contact.waiting import Waiting

WITHIN, HORIZON = 14.0, 28.0


@dataclass(frozen=True)
class World:
    """Trials whose truth is known. wealth: what decides who renews and, more or less, who is called."""

    matrix: NDArray[np.float32]
    waiting: Waiting
    label: np.ndarray

    @property
    def wealth(self) -> np.ndarray:
        return self.matrix[:, 0].astype(float)

    def scores(self, seed: int = 1) -> Scores:
        rng = np.random.default_rng(seed)
        part, half = rng.integers(0, 3, len(self.label)), rng.integers(0, 2, len(self.label))
        return scored(self.matrix, self.waiting, self.label, np.ones(len(self.label)), part, half, [], seed)


def world(seed: int, assignment: float, helps: float = 0.0, rows: int = 8_000) -> World:
    """The wealthier renew more often, in the order of chance; who has renewed is called no more. A call brings about a
    share of the renewals that would not have come.
    """
    rng = np.random.default_rng(seed)
    matrix = rng.standard_normal((rows, 3)).astype(np.float32)
    odds = 0.2 + matrix[:, 0] + 0.7 * rng.standard_normal(rows)
    renews = rng.random(rows) < 1 / (1 + np.exp(-odds))
    renewed = np.where(renews, HORIZON * rng.beta(1.0, 1.6, rows), np.inf)
    called = np.where(
        rng.random(rows) < 1 / (1 + np.exp(-assignment * matrix[:, 0])), rng.uniform(0, WITHIN, rows), np.inf
    )
    called[called >= renewed] = np.inf
    renewed = np.where(np.isfinite(called) & ~renews & (rng.random(rows) < helps), called + 1, renewed)
    waiting = Waiting(called, renewed, WITHIN, np.zeros(rows, np.intp))
    return World(matrix, waiting, np.isfinite(renewed).astype(float))


def average(scores: Scores) -> float:
    return float(scores.gain.sum() / scores.information.sum())


def told_by(scores: Scores, feature: np.ndarray) -> float:
    """By how many standard errors the gain goes with a feature."""
    parts = scores.gain * feature
    return float(parts.sum() / np.sqrt((parts**2).sum()))


@pytest.mark.parametrize("assignment", [0.0, 0.6, 1.8])
def test_contact_that_changes_nothing_is_found_to_change_nothing_whoever_was_chosen_for_it(assignment: float) -> None:
    drawn = [world(seed, assignment) for seed in range(4)]
    scores = [item.scores() for item in drawn]
    assert abs(np.mean([told_by(told, item.wealth) for told, item in zip(scores, drawn, strict=True)])) < 1.6
    assert abs(np.mean([average(told) for told in scores])) < 0.03


def test_what_contact_does_is_found_whoever_was_chosen_for_it() -> None:
    chosen, tossed = (average(world(1, assignment, helps=0.4).scores()) for assignment in (1.0, 0.0))
    assert tossed == pytest.approx(0.24, abs=0.04)
    assert chosen == pytest.approx(0.22, abs=0.05)


def test_trials_in_which_contact_was_sure_or_out_of_the_question_tell_nothing() -> None:
    drawn = world(1, 9.0)
    scores = drawn.scores()
    assert not scores.open[drawn.wealth < -1].any()
    assert scores.gain[~scores.open].any() == scores.leverage[~scores.open].any() == False  # noqa: E712
    assert 0.05 < scores.open.mean() < 0.8


def test_half_of_the_customers_learn_nothing_from_the_other() -> None:
    drawn = world(1, 1.8, rows=2_000)
    half, part = np.arange(2_000) % 2, np.arange(2_000) % 3
    other = np.where(half == 1, 1 - drawn.label, drawn.label)
    one, two = (
        scored(drawn.matrix, drawn.waiting, label, np.ones(2_000), part, half, [], 1)
        for label in (drawn.label, other)
    )  # fmt: skip
    np.testing.assert_array_equal(one.gain[half == 0], two.gain[half == 0])
    assert (one.gain[half == 1] != two.gain[half == 1]).any()
