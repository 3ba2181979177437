"""The sweep: everyone is ranked anew once in a while, because time passes, and live events come first."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from datetime import timedelta
from typing import Any

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
    """One worker's part: the customers of its partitions. period: in which everyone is ranked. catalogue: the digest of
    that by which they are; those whom another one ranked are ranked anew at once.
    """

    def __init__(
        self, client: redis.Redis, keyspace: Keyspace, clock: Clock, stream: Stream, contacts: Contacts,
        placement: Placement, period: timedelta, catalogue: str,
    ) -> None:  # fmt: skip
        self._client = client
        self._keys = keyspace
        self._clock = clock
        self._stream = stream
        self._contacts = contacts
        self._placement = placement
        self._period = period.total_seconds()
        self._catalogue = catalogue
        self._known: frozenset[int] = frozenset()
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
        self._look_back(partitions)
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
            self._end(partitions)
            return True
        self._done += len(ids)
        mine = [name for name in ids if self._stream.partition(name) in partitions]
        for start in range(0, len(mine), CHUNK):
            self._placement.rescore(mine[start : start + CHUNK], self._clock.now(), tally=True)
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

    def _look_back(self, partitions: Sequence[int]) -> None:
        """Whether partitions that are new here were ranked by another catalogue."""
        fresh = [partition for partition in partitions if partition not in self._known]
        self._known = frozenset(partitions)
        if not fresh:
            return
        held: Any = self._client.hmget(self._keys.meta, [_ranked_by(partition) for partition in fresh])
        if any(digest is not None and digest.decode() != self._catalogue for digest in held):
            self.soon()
        else:
            self._note(fresh)

    def _end(self, partitions: Sequence[int]) -> None:
        self._chunks, self._hurry = None, False
        self._note(partitions)
        swept(self._client, self._keys)

    def _note(self, partitions: Sequence[int]) -> None:
        if partitions:
            self._client.hset(self._keys.meta, mapping={_ranked_by(part): self._catalogue for part in partitions})


def _ranked_by(partition: int) -> str:
    """The field that tells by which catalogue the customers of a partition were ranked."""
    return f"ranked_by:{partition}"


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
