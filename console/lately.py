"""What many pages show alike is looked at once for all of them."""

from __future__ import annotations

import time
from collections.abc import Callable
from threading import Lock
from typing import Generic, TypeVar

T = TypeVar("T")


class Lately(Generic[T]):
    """look: takes something. seconds: for which what it found counts; who asks meanwhile gets the same."""

    def __init__(self, look: Callable[[], T], seconds: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._look = look
        self._seconds = seconds
        self._clock = clock
        self._lock = Lock()
        self._found: tuple[float, T] | None = None

    def __call__(self) -> T:
        """What is found, by one look at a time. Raises what the look raises."""
        with self._lock:
            if self._found is None or self._clock() - self._found[0] >= self._seconds:
                self._found = (self._clock(), self._look())
            return self._found[1]
