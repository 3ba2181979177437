"""The sweep: everyone is ranked anew once in a while, because time passes, and live events come first."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from datetime import timedelta

import redis

from serving.clock import Clock
from serving.events.stream import Stream, order
from serving.live.placement import Placement
from serving.people.contacts import Contacts
from serving.store.keyspace import Keyspace

CHUNK = 500
"""Customers ranked at once: live events wait no longer than that takes."""

_SHARE = 0.6
"""Of the period, in which a sweep is done when it is not in a hurry."""


class Sweep:
    """One worker's part: the customers of its partitions. period: in which everyone is ranked."""

    def __init__(
        self, client: redis.Redis, keyspace: Keyspace, clock: Clock, stream: Stream, contacts: Contacts,
        placement: Placement, period: timedelta,
    ) -> None:  # fmt: skip
        self._client = client
        self._keys = keyspace
        self._clock = clock
        self._stream = stream
        self._contacts = contacts
        self._placement = placement
        self._period = period.total_seconds()
        self._next: float | None = None
        self._begun = 0.0
        self._chunks: Iterator[list[str]] | None = None
        self._total = 0
        self._done = 0
        self._hurry = False

    def soon(self) -> None:
        """Everyone anew as fast as live events allow: a model has changed, or customers were taken over."""
        self._next, self._hurry, self._chunks = 0.0, True, None

    def step(self, partitions: Sequence[int]) -> bool:
        """Rank the next chunk when it is due; whether it was."""
        now = time.monotonic()
        if self._next is None:
            # Who starts after a long stop begins with a sweep.
            self._next = now + max(0.0, self._period - _age(self._client, self._keys))
        if self._chunks is None:
            if now < self._next:
                return False
            self._begin(now)
        if not self._due(now):
            return False
        ids = next(self._chunks, None) if self._chunks is not None else None
        if ids is None:
            self._end()
            return True
        self._done += len(ids)
        mine = [name for name in ids if self._stream.partition(name) in partitions]
        for start in range(0, len(mine), CHUNK):
            self._placement.rescore(mine[start : start + CHUNK], self._clock.now())
        return True

    def _begin(self, now: float) -> None:
        self._chunks = iter(self._contacts.ids(CHUNK))
        self._begun, self._next = now, now + self._period
        self._total, self._done = self._contacts.count(), 0

    def _due(self, now: float) -> bool:
        """Spread over the period, so that events do not notice."""
        if self._hurry or self._total == 0:
            return True
        return now >= self._begun + self._period * _SHARE * min(1.0, self._done / self._total)

    def _end(self) -> None:
        self._chunks, self._hurry = None, False
        swept(self._client, self._keys)


def swept(client: redis.Redis, keyspace: Keyspace) -> None:
    """Note that everyone was ranked just now."""
    client.hset(keyspace.meta, "swept", str(int(time.time() * 1000)))


def _age(client: redis.Redis, keyspace: Keyspace) -> float:
    """Seconds since everyone was ranked."""
    at = client.hget(keyspace.meta, "swept")
    return 0.0 if at is None else time.time() - int(at) / 1000  # type: ignore[arg-type]


def fresh_positions(stream: Stream, partitions: Sequence[int], known: dict[int, str]) -> dict[int, str]:
    """Where to read on in each partition: as known, or as applied for those that are new."""
    if all(partition in known for partition in partitions):
        return {partition: known[partition] for partition in partitions}
    applied = stream.applied()
    return {p: max(known.get(p, applied[p]), applied[p], key=order) for p in partitions}
