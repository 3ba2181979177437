"""Intake: accepted events wait in durable streams, in the order they came for each customer."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import msgspec
import redis

from leads.errors import InvalidInput, TooBusy
from serving.clock import microseconds
from serving.keyspace import Keyspace, partition_of
from serving.scripts import Scripts

DUPLICATE_DAYS = 8
"""An event sent again within so many days is known as a duplicate."""


@dataclass(frozen=True)
class Event:
    """An event as it is applied: checked, of a customer, its fields typed. `time` in microseconds."""

    id: str
    source: str
    type: str
    customer_id: str
    time: int
    data: Mapping[str, Any]

    def written(self) -> str:
        return _encode(self).decode()

    @classmethod
    def read(cls, text: bytes | str) -> Event:
        return _decode(text)

    @property
    def digest(self) -> str:
        """What makes it the same event: source and id."""
        return hashlib.blake2b(f"{self.source}\x00{self.id}".encode(), digest_size=12).hexdigest()


@dataclass(frozen=True)
class Entry:
    """An event at its place in a stream."""

    partition: int
    position: str
    event: Event


class Stream:
    """The partitions of one service."""

    def __init__(self, client: redis.Redis, keyspace: Keyspace, partitions: int, backlog_limit: int) -> None:
        self._client = client
        self._keys = keyspace
        self._partitions = partitions
        self._limit = backlog_limit
        self._scripts = Scripts(client, keyspace.prefix)

    def accept(self, events: Sequence[Event], now: datetime) -> list[bool]:
        """Make events durable; False for each that is known already. Raises TooBusy when too many wait."""
        if not events:
            return []
        if self.backlog() > self._limit:
            raise TooBusy("too many accepted events wait to be applied", retry_after=5)
        today = microseconds(now) // 86_400_000_000
        arguments = [
            part for event in events for part in (event.digest, self.partition(event.customer_id), event.written())
        ]
        return [bool(fresh) for fresh in self._scripts.run("accept", today, DUPLICATE_DAYS, *arguments)]

    def add(self, pipeline: Any, event: Event) -> None:
        """Append one event of the product's own inside a transaction."""
        pipeline.xadd(self._keys.stream(self.partition(event.customer_id)), {"event": event.written()})

    def partition(self, customer_id: str) -> int:
        return partition_of(customer_id, self._partitions)

    def position(self) -> str:
        """The end of all partitions now, as a text that `reached` understands."""
        pipeline = self._client.pipeline(transaction=False)
        for partition in range(self._partitions):
            pipeline.xrevrange(self._keys.stream(partition), count=1)
        last = [_text(entries[0][0]) if entries else "" for entries in pipeline.execute()]
        # A trimmed stream is empty because everything in it was applied.
        applied = self.applied()
        return ",".join(end or applied[i] for i, end in enumerate(last))

    def applied(self) -> list[str]:
        """Per partition, the last entry whose effects are in the hot state."""
        found = self._client.hmget(self._keys.applied, [str(i) for i in range(self._partitions)])
        return ["0-0" if value is None else _text(value) for value in found]  # type: ignore[union-attr]

    def reached(self, position: str) -> bool:
        """Whether everything up to a position is applied. Raises InvalidInput for what is not a position."""
        try:
            wanted = [order(part) for part in position.split(",")]
        except ValueError as error:
            raise InvalidInput("position", position, "a position that an answer named") from error
        return all(order(a) >= w for a, w in zip(self.applied(), wanted, strict=False))

    def read(self, partition: int, after: str, count: int) -> list[Entry]:
        """Entries after a position, oldest first."""
        found = self._client.xrange(self._keys.stream(partition), min=f"({after}", count=count)
        return [
            Entry(partition, _text(position), Event.read(fields[b"event"]))
            for position, fields in found  # type: ignore[union-attr]
        ]

    def wait(self, after: Sequence[str], count: int, milliseconds: int) -> list[Entry]:
        """Entries after a position per partition, as soon as there are any, or none when the time is over."""
        wanted = {self._keys.stream(partition): position for partition, position in enumerate(after)}
        numbers = {name.encode(): partition for partition, name in enumerate(wanted)}
        found: list[Any] = self._client.xread(wanted, count=count, block=milliseconds or None) or []  # type: ignore[arg-type,assignment]
        return [
            Entry(numbers[name], _text(position), Event.read(fields[b"event"]))
            for name, entries in found
            for position, fields in entries
        ]

    def trim(self, partition: int, until: str) -> None:
        """Drop what is applied and in the lake."""
        self._client.xtrim(self._keys.stream(partition), minid=until, approximate=True)

    def backlog(self) -> int:
        """How many entries the streams hold; applied ones are dropped soon after."""
        pipeline = self._client.pipeline(transaction=False)
        for partition in range(self._partitions):
            pipeline.xlen(self._keys.stream(partition))
        return sum(pipeline.execute())

    def oldest_waiting(self) -> float | None:
        """When the oldest entry that is not applied came, in real milliseconds; None when all are."""
        waiting = []
        for partition, after in enumerate(self.applied()):
            found = self._client.xrange(self._keys.stream(partition), min=f"({after}", count=1)
            waiting += [float(_text(position).split("-")[0]) for position, _ in found]  # type: ignore[union-attr]
        return min(waiting, default=None)


_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder(Event).decode


def order(position: str) -> tuple[int, int]:
    """An entry's place among its stream's: later entries compare greater."""
    milliseconds, _, sequence = position.partition("-")
    return int(milliseconds), int(sequence or 0)


def _text(value: bytes | str) -> str:
    return value.decode() if isinstance(value, bytes) else value
