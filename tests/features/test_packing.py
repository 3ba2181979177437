"""States as bytes: equal ones have equal bytes."""

from __future__ import annotations

import numpy as np

from features.packing import pack_state, pack_states, unpack_states


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
