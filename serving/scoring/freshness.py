"""How current the answers are: whether the worker keeps up with what was accepted."""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import timedelta

import redis

from serving.events.stream import Stream
from serving.store.keyspace import Keyspace

_REMEMBERED = 1.0
"""Seconds for which an answer is used again."""


@dataclass(frozen=True)
class State:
    """lag: seconds that the oldest accepted event has waited. silent: seconds since its last sign, None when
    there never was one."""

    lag: float
    silent: float | None


class Freshness:
    """Looks at most once a second. bound: as long as an accepted event may wait."""

    def __init__(self, client: redis.Redis, keyspace: Keyspace, stream: Stream, bound: timedelta) -> None:
        self._client = client
        self._keys = keyspace
        self._stream = stream
        self._bound = bound.total_seconds()
        self._state = State(0.0, None)
        self._looked = -_REMEMBERED

    def state(self) -> State:
        if time.monotonic() - self._looked > _REMEMBERED:
            self._state = self._look()
            self._looked = time.monotonic()
        return self._state

    def late(self) -> bool:
        """Whether accepted events have waited longer than the declared bound."""
        return self.state().lag > self._bound

    def _look(self) -> State:
        now = time.time() * 1000
        oldest = self._stream.oldest_waiting()
        beat = self._client.hget(self._keys.meta, "heartbeat")
        return State(
            lag=0.0 if oldest is None else max(0.0, (now - oldest) / 1000),
            silent=None if beat is None else max(0.0, (now - float(beat)) / 1000),  # type: ignore[arg-type]
        )
