"""Recipes: what is blended, and what it takes to win."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pytest

from training.model import Learner, Rows, Settings
from training.recipe import ALONE, BLENDS, LINE, OF_STUMPS, STUMPS, TREES, Boosted, Recipe, shares

ROWS = 4_000


@pytest.fixture(scope="module")
def truth() -> tuple[np.ndarray, np.ndarray]:
    """True log-odds and labels."""
    rng = np.random.default_rng(3)
    log_odds = rng.normal(size=ROWS)
    return log_odds, (rng.random(ROWS) < 1 / (1 + np.exp(-log_odds))).astype(float)


def found(said: dict[str, np.ndarray], label: np.ndarray, customer: np.ndarray | None = None) -> Mapping[str, float]:
    return shares(said, label, np.ones(len(label)), np.arange(len(label)) if customer is None else customer)


def test_a_blend_that_is_better_by_more_than_chance_is_taken(truth: tuple[np.ndarray, np.ndarray]) -> None:
    log_odds, label = truth
    noise = np.random.default_rng(1).normal(size=(2, ROWS))
    said = {TREES: log_odds + noise[0], STUMPS: log_odds + noise[1], LINE: np.zeros(ROWS)}
    assert STUMPS in found(said, label)
    worse = said | {LINE: -3 * log_odds}
    assert found(worse, label) == BLENDS[0]


def test_what_says_the_same_or_worse_takes_no_part(truth: tuple[np.ndarray, np.ndarray]) -> None:
    log_odds, label = truth
    assert found({TREES: log_odds, STUMPS: log_odds, LINE: log_odds}, label) == ALONE
    assert found({TREES: log_odds, STUMPS: -log_odds, LINE: -log_odds}, label) == ALONE


def test_what_chance_may_show_of_few_rows_takes_no_part(truth: tuple[np.ndarray, np.ndarray]) -> None:
    log_odds, label = truth
    noise = np.random.default_rng(2).normal(scale=0.02, size=(2, ROWS))
    wins = 0
    for start in range(0, ROWS, 100):
        some = slice(start, start + 100)
        said = {TREES: log_odds[some], STUMPS: (log_odds + noise[0])[some], LINE: (log_odds + noise[1])[some]}
        wins += found(said, label[some]) != ALONE
    assert wins / (ROWS / 100) <= 0.2


def test_rows_of_one_customer_are_no_news_of_each_other(truth: tuple[np.ndarray, np.ndarray]) -> None:
    log_odds, label = truth[0][:150], truth[1][:150]
    noise = np.random.default_rng(1).normal(size=(2, 150))
    once = {TREES: log_odds + noise[0], STUMPS: log_odds + noise[1], LINE: np.zeros(150)}
    many = {name: np.tile(values, 40) for name, values in once.items()}
    alone = np.tile(np.arange(150), 40)
    assert found(many, np.tile(label, 40), alone) == found(once, label)


def test_a_blend_says_what_its_shares_say_by_their_weights(truth: tuple[np.ndarray, np.ndarray]) -> None:
    log_odds, label = truth
    rows, learner = Rows(log_odds[:, None].astype(np.float32), label, np.ones(ROWS)), Learner(["a"], [], 3, 1)
    trees, stumps = Boosted(Settings(7, 20), 30), Boosted(OF_STUMPS, 40)
    data = learner.data(rows)
    each = [learner.grow(rows, data, one.settings, one.rounds) for one in (trees, stumps)]
    said = learner.log_odds(Recipe(trees, stumps, BLENDS[0]).model(learner, rows), rows.matrix)
    half = np.mean([learner.log_odds(forest, rows.matrix) for forest in each], axis=0)
    np.testing.assert_allclose(said, half, atol=1e-12)
