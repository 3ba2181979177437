"""States as bytes: equal ones have equal bytes."""

from __future__ import annotations

import numpy as np
import pytest

from features.packing import pack_state, pack_states, unpack_states
from leads.errors import Unavailable


def test_what_is_missing_has_the_same_bytes_whatever_sum_it_came_of() -> None:
    told = np.array([1.5, np.nan, 2.0])
    summed = np.array([1.5, np.copysign(np.nan, -1.0), 2.0])
    assert told.tobytes() != summed.tobytes()
    assert pack_state(7.0, told) == pack_state(7.0, summed)
    assert pack_states(np.full(2, 7.0), np.stack([told, summed])) == [pack_state(7.0, told)] * 2


def test_a_packed_state_comes_back_and_is_not_changed_by_packing() -> None:
    state = np.array([[1.5, np.copysign(np.nan, -1.0)]])
    before = state.tobytes()
    at, found = unpack_states(pack_states(np.array([7.0]), state), np.zeros(2))
    assert (at.tolist(), found[0, 0], np.isnan(found[0, 1])) == ([7.0], 1.5, True)
    assert state.tobytes() == before


def test_every_number_comes_back_to_the_bit() -> None:
    numbers = [0.0, -0.0, np.nan, np.inf, -np.inf, 5e-324, 1.0, 1e300, 0.1]
    state = np.random.default_rng(3).choice(numbers, (200, 21))
    at, found = unpack_states(pack_states(np.arange(200.0), state), np.zeros(21))
    assert (at == np.arange(200.0)).all()
    assert found.tobytes() == state.tobytes()


def test_who_has_no_state_has_the_blank_one() -> None:
    blank = np.array([0.0, np.nan, 0.0])
    at, found = unpack_states([None, pack_state(7.0, np.array([1.0, 2.0, 3.0]))], blank)
    assert (np.isnan(at[0]), at[1]) == (True, 7.0)
    assert found.tobytes() == np.array([blank, [1.0, 2.0, 3.0]]).tobytes()


def test_what_is_missing_or_zero_takes_two_bits() -> None:
    empty, full = (len(pack_state(7.0, np.full(800, value))) for value in (0.0, 1.0))
    assert (empty, full) == (8 + 2 + 200, 8 + 2 + 200 + 6_400)


@pytest.mark.parametrize("width", [1, 2, 8, 9, 200])
def test_a_state_of_another_width_is_refused(width: int) -> None:
    for told in (pack_state(7.0, np.zeros(3)), pack_state(7.0, np.ones(3)), b"", bytes(8), np.ones(4).tobytes()):
        with pytest.raises(Unavailable, match="nextlead rebuild"):
            unpack_states([told], np.zeros(width))
