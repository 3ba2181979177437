"""One look serves all who ask within its time."""

from __future__ import annotations

import pytest

from console.lately import Lately


def test_who_asks_meanwhile_gets_the_same_and_later_something_new() -> None:
    now, looks = [0.0], iter(range(9))
    lately = Lately(lambda: next(looks), 1.0, lambda: now[0])
    assert [lately(), lately()] == [0, 0]
    now[0] = 1.0
    assert lately() == 1


def test_a_look_that_failed_is_taken_again() -> None:
    tries = iter([ZeroDivisionError, None])

    def look() -> int:
        error = next(tries)
        if error is not None:
            raise error
        return 7

    lately = Lately(look, 1.0)
    with pytest.raises(ZeroDivisionError):
        lately()
    assert lately() == 7
