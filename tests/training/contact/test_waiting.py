"""Who could still have been contacted, for how long, and who was."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from training.contact.waiting import Waiting

NEVER = np.inf
TIMES = st.one_of(st.just(NEVER), st.floats(0.125, 30, width=16))


def waiting(
    touched: list[float] | np.ndarray, succeeded: list[float] | np.ndarray, group: list[int] | None = None
) -> Waiting:
    groups = np.zeros(len(touched), np.intp) if group is None else np.array(group, np.intp)
    return Waiting(np.array(touched, float), np.array(succeeded, float), 14.0, groups)


def test_who_was_contacted_in_time_and_before_success_is_treated_and_who_never_was_is_not() -> None:
    assert waiting([3, 3, 20, NEVER], [NEVER, 8, NEVER, 30]).treated.tolist() == [1, 1, 0, 0]


def test_a_sale_on_the_call_itself_comes_after_it() -> None:
    assert waiting([2], [2]).treated.tolist() == [1]


def test_contact_after_success_is_none() -> None:
    assert waiting([2], [1]).treated.tolist() == [0]


def test_who_succeeds_is_held_against_others_only_for_as_long_as_there_was_contact_to_expect() -> None:
    # Two of the four that wait are contacted on the third day; the one who renewed before had none to expect.
    spells = waiting([3, 3, NEVER, NEVER, NEVER], [NEVER, NEVER, NEVER, NEVER, 1]).spells(np.ones(5))
    expected = np.bincount(spells.row, spells.exposure)
    assert expected.tolist() == pytest.approx([0.5, 0.5, 0.5, 0.5, 0.0])


def test_those_who_had_other_contact_to_expect_are_counted_apart() -> None:
    spells = waiting([5, NEVER, NEVER, NEVER], [NEVER] * 4, [0, 0, 1, 1]).spells(np.ones(4))
    assert np.bincount(spells.row, spells.exposure).tolist() == pytest.approx([0.5, 0.5, 0, 0])


def test_rows_that_stand_for_many_count_as_many() -> None:
    spells = waiting([5, NEVER], [NEVER] * 2).spells(np.array([3.0, 1.0]))
    assert np.bincount(spells.row, spells.exposure).tolist() == pytest.approx([0.75, 0.75])


@given(arrays(float, 12, elements=TIMES), arrays(float, 12, elements=TIMES))
def test_everybody_waits_from_the_moment_until_the_wait_is_over_and_contact_is_met_once(
    touched: np.ndarray, succeeded: np.ndarray
) -> None:
    waits = waiting(touched, succeeded)
    spells = waits.spells(np.ones(12))
    assert set(spells.row[spells.piece == 0].tolist()) == set(range(12))
    assert np.bincount(spells.row, spells.contacted).tolist() == waits.treated.tolist()
    assert (spells.exposure >= 0).all()


@given(arrays(float, 12, elements=TIMES), arrays(float, 12, elements=TIMES))
def test_as_much_contact_is_expected_of_all_as_there_was(touched: np.ndarray, succeeded: np.ndarray) -> None:
    waits = waiting(touched, succeeded)
    assert waits.spells(np.ones(12)).exposure.sum() == pytest.approx(waits.treated.sum())
