"""Pace: not more requests a second than the other side can bear."""

from __future__ import annotations

import time
from collections.abc import Callable


class Pace:
    """Spaces calls of `wait` evenly. `clock` and `sleep` count seconds."""

    def __init__(
        self,
        per_second: float,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._step = 1.0 / per_second
        self._clock = clock
        self._sleep = sleep
        self._next = 0.0

    def wait(self) -> None:
        """Return when it is this caller's turn."""
        now = self._clock()
        if now < self._next:
            self._sleep(self._next - now)
        self._next = max(now, self._next) + self._step
