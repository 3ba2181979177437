"""Chores: what time asks for, each at its own pace; one that fails is put off, and live events go on."""

from __future__ import annotations

import time
from collections.abc import Callable

import redis

from leads.errors import DamagedFiles
from serving.disk import is_full, say
from serving.events.fault_isolation import FAULTS, reason_of

_PUT_OFF = 10.0
"""Seconds after which is tried again what the disk did not allow."""


class Chores:
    """Remembers when each is due next."""

    def __init__(self) -> None:
        self._next: dict[str, float] = {}

    def every(self, name: str, seconds: float, act: Callable[[], object]) -> None:
        """Do it, where so many seconds have passed since it was begun last."""
        if time.monotonic() >= self._next.get(name, 0.0):
            self._next[name] = time.monotonic() + seconds
            try:
                act()
            except redis.RedisError:
                raise
            except FAULTS as error:
                self._put_off(name, error)

    def soon(self, name: str) -> None:
        """It is due at once."""
        self._next[name] = 0.0

    def _put_off(self, name: str, error: BaseException) -> None:
        why = "the disk takes nothing more" if is_full(error) else reason_of(error)
        say(f"worker: {name} waits {_PUT_OFF:.0f} s: {error.detail if isinstance(error, DamagedFiles) else why}")
        self._next[name] = time.monotonic() + _PUT_OFF
