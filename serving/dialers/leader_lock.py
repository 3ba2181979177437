"""Of several processes that could do a job one does it, and another takes over when it is gone."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import timedelta
from uuid import uuid4

import redis

from leads.errors import Unavailable

_LOOK = 1.0
"""Seconds between looks whether the other one is gone."""


class LeaderLock:
    """The right to do a job, under a key of the hot store. job: what the one who has it does, such as `feeds main`.

    Whoever has it keeps it by asking for it within `patience`; a process that was killed loses it after that.
    """

    def __init__(self, client: redis.Redis, key: str, job: str, patience: timedelta) -> None:
        self._client = client
        self._key = key
        self._job = job
        self._patience = round(patience.total_seconds() * 1000)
        self._token = uuid4().hex.encode()

    def wait(self, stopped: threading.Event, tell: Callable[[str], None]) -> bool:
        """Get it, once nobody else has it; False when stopped before that."""
        if self._mine():
            return True
        tell(f"another process {self._job}; this one takes over when it is gone")
        while not stopped.wait(_LOOK):
            if self._mine():
                return True
        return False

    def keep(self) -> None:
        """Ask for it again. Raises Unavailable when somebody else took over."""
        if not self._mine():
            raise Unavailable(f"another process {self._job}")

    def leave(self) -> None:
        """Let another process have it at once."""
        if self._client.get(self._key) == self._token:
            self._client.delete(self._key)

    def _mine(self) -> bool:
        if self._client.set(self._key, self._token, nx=True, px=self._patience):
            return True
        if self._client.get(self._key) != self._token:
            return False
        return bool(self._client.pexpire(self._key, self._patience))
