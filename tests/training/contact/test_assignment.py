"""Who counts as treated where success ends contact."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from training.contact.assignment import assigned, still_to_come

NEVER = np.inf
TIMES = st.one_of(st.just(NEVER), st.floats(0, 30, width=16))
ONE_GROUP = np.zeros(12, np.intp)


def test_who_was_contacted_in_time_and_before_success_is_treated_and_who_never_was_is_not() -> None:
    touched = np.array([3.0, 3.0, 20.0, NEVER])
    succeeded = np.array([NEVER, 8.0, NEVER, 30.0])
    assert assigned(touched, succeeded, 14, ONE_GROUP[:4]).tolist() == [1, 1, 0, 0]


def test_a_sale_on_the_call_itself_comes_after_it() -> None:
    assert assigned(np.array([2.0]), np.array([2.0]), 14, ONE_GROUP[:1]).tolist() == [1]


def test_who_succeeds_before_any_contact_counts_as_those_who_waited_as_long_went_on() -> None:
    # Three waited longer than a day: two of them were contacted in time, one was not.
    touched = np.array([NEVER, 5.0, 9.0, NEVER, 0.5])
    succeeded = np.array([1.0, NEVER, NEVER, NEVER, NEVER])
    assert assigned(touched, succeeded, 14, ONE_GROUP[:5])[0] == pytest.approx(2 / 3)


def test_contact_after_success_tells_nothing() -> None:
    touched, succeeded = np.array([2.0, 5.0, NEVER]), np.array([1.0, NEVER, NEVER])
    assert assigned(touched, succeeded, 14, ONE_GROUP[:3])[0] == pytest.approx(1 / 2)


def test_those_who_had_other_contact_to_expect_are_counted_apart() -> None:
    touched = np.array([NEVER, 5.0, NEVER, NEVER])
    succeeded = np.array([1.0, NEVER, 1.0, NEVER])
    assert assigned(touched, succeeded, 14, np.array([0, 0, 1, 1]))[[0, 2]].tolist() == [1, 0]


@given(arrays(float, 12, elements=TIMES), arrays(float, 12, elements=TIMES))
def test_everybody_counts_between_not_and_whole(touched: np.ndarray, succeeded: np.ndarray) -> None:
    share = assigned(touched, succeeded, 14, ONE_GROUP)
    assert ((share >= 0) & (share <= 1)).all()
    clear = ~((succeeded < touched) & (succeeded <= 14))
    assert np.isin(share[clear], [0, 1]).all()


@given(arrays(float, 12, elements=TIMES), arrays(float, 12, elements=TIMES))
def test_the_later_it_is_the_less_contact_is_to_come(touched: np.ndarray, succeeded: np.ndarray) -> None:
    chance = still_to_come(touched, succeeded, 14, np.arange(15.0))
    assert (np.diff(chance) <= 1e-9).all()


def test_contact_that_changes_nothing_is_found_to_change_nothing_though_it_stops_at_success() -> None:
    rng = np.random.default_rng(4)
    count = 40_000
    called = rng.random(count) < 0.6
    succeeded = rng.exponential(20, count)
    touched = np.where(called, rng.exponential(8, count), NEVER)
    touched[touched > succeeded] = NEVER
    label = (succeeded <= 30).astype(float)

    def gain(treated: np.ndarray) -> float:
        return float(np.average(label, weights=treated) - np.average(label, weights=1 - treated))

    assert gain((touched <= 14).astype(float)) < -0.05
    assert abs(gain(assigned(touched, succeeded, 14, np.zeros(count, np.intp)))) < 0.015
