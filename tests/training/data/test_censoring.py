"""Censoring: rows that settled in time stand for those of their kind that have not."""

from __future__ import annotations

import numpy as np
import pytest

from training.data.censoring import MOST, factors

HORIZON, AGES = 30, 90


def test_a_row_stands_for_all_as_slow_as_it_that_are_too_young_to_tell() -> None:
    age = np.array([1, 2, 3, 4])
    assert factors(np.array([1, 1, 2, 4]), age, age).tolist() == pytest.approx([1, 1, 4 / 3, 4])


def test_a_row_that_has_not_settled_stands_for_none() -> None:
    assert factors(np.array([5, 2]), np.array([4, 1]), np.array([1, 4, 9])).tolist() == [0, 0]


def test_rows_that_stand_for_many_are_many_when_the_ages_are_counted() -> None:
    plain = factors(np.array([3]), np.array([4]), np.array([1, 4, 4, 4]))
    assert factors(np.array([3]), np.array([4]), np.array([1, 4]), np.array([1.0, 3.0])) == pytest.approx(plain)


def test_no_row_stands_for_more_than_the_cap() -> None:
    age = np.arange(1, 101)
    assert factors(age, age, age).max() == pytest.approx(MOST)


def test_weights_undo_the_selection_of_what_settles_fast_and_nothing_else_does() -> None:
    """Successes take weeks and most failures days, as for one who is refused at once; ages are even."""
    rng = np.random.default_rng(3)
    count = 60_000
    kind = rng.random(count) < 0.4
    label = rng.random(count) < np.where(kind, 0.5, 0.2)
    days = np.where(label, rng.gamma(6, 3, count), rng.exponential(np.where(kind, 20, 5), count)).astype(int)
    took, age = np.minimum(days, HORIZON), rng.integers(0, AGES, count)
    label &= days <= HORIZON
    weight = factors(took, age, age)
    seen = weight > 0
    assert weight.sum() == pytest.approx(count, rel=0.01)
    for among in (np.ones(count, bool), kind, ~kind):
        truth = label[among].mean()
        assert np.average(label[among], weights=weight[among]) == pytest.approx(truth, abs=0.01)
    assert label[seen].mean() < label.mean() - 0.01
    assert np.average(kind, weights=weight) == pytest.approx(kind.mean(), abs=0.01)
    assert kind[seen].mean() < kind.mean() - 0.01
