"""Intake: accepted events wait in durable streams, in the order they came for each customer."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import msgspec
import redis

from features.own_events import ERASED
from leads.errors import InvalidInput
from serving.clock import microseconds
from serving.store.keyspace import Keyspace, partition_of
from serving.store.personal import Personal
from serving.store.pressure import Pressure
from serving.store.scripts import Scripts
from serving.store.words import EVENT

_EVENT = EVENT.encode()

START = "0-0"
"""Before the first entry of a stream."""

_LOOKED_AT = 5_000
"""Entries of a partition in which somebody who is erased is looked for: of those the oldest that are left."""

UNREADABLE = "event.unreadable"
"""The type of an entry that cannot be read as an event."""


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

    def kept(self) -> Personal:
        """As the store keeps it."""
        return Personal(_encode(self))

    @classmethod
    def read(cls, text: bytes | str) -> Event:
        return _decode(text)

    @property
    def digest(self) -> bytes:
        """What makes it the same event: source and id."""
        return hashlib.blake2b(f"{self.source}\x00{self.id}".encode(), digest_size=12).digest()


@dataclass(frozen=True)
class Entry:
    """An event at its place in a stream."""

    partition: int
    position: str
    event: Event
    raw: str | None = None

    @classmethod
    def read(cls, partition: int, position: bytes, fields: Mapping[bytes, bytes]) -> Entry:
        """An entry as the store has it. One that is no event has the type UNREADABLE, and `raw` is what it was."""
        try:
            return cls(partition, position.decode(), Event.read(fields[_EVENT]))
        except (KeyError, msgspec.DecodeError, UnicodeDecodeError):
            at = position.decode()
            event = Event(at, "nextlead/stream", UNREADABLE, "", order(at)[0] * 1000, {})
            return cls(partition, at, event, fields.get(_EVENT, b"").decode(errors="replace"))

    @property
    def text(self) -> str:
        """As it was accepted."""
        return self.event.written() if self.raw is None else self.raw

    @property
    def arrived(self) -> int:
        """Its place in the order of arrival, as a number that the lake keeps."""
        milliseconds, sequence = order(self.position)
        return (milliseconds << 20) + sequence

    @property
    def came(self) -> int:
        """When it was accepted, in real milliseconds."""
        return order(self.position)[0]


class Stream:
    """The partitions of one service."""

    def __init__(self, client: redis.Redis, keyspace: Keyspace, partitions: int, pressure: Pressure) -> None:
        self._client = client
        self._keys = keyspace
        self.partitions = partitions
        self._pressure = pressure
        self._scripts = Scripts(client, keyspace)

    def accept(self, events: Sequence[Event], now: datetime, calls: Sequence[str] | None = None) -> list[bool]:
        """Make events durable; False for each that is known already. Raises TooBusy when too much waits.

        calls: for each event the decision that it is the call of, of which every type counts once; empty for none.
        """
        if not events:
            return []
        self._pressure.check(self.backlog)
        today = microseconds(now) // 86_400_000_000
        arguments = [
            part
            for event, call in zip(events, calls or [""] * len(events), strict=True)
            for part in (event.digest, self.partition(event.customer_id), event.kept(), call, event.type)
        ]
        return [bool(fresh) for fresh in self._scripts.run("accept", today, *arguments)]

    def add(self, pipeline: Any, event: Event) -> None:
        """Append one event of the product's own inside a transaction."""
        pipeline.xadd(self._keys.stream(self.partition(event.customer_id)), {EVENT: event.kept()})

    def partition(self, customer_id: str) -> int:
        return partition_of(customer_id, self.partitions)

    def ends(self) -> list[str]:
        """Per partition, the last entry there is."""
        pipeline = self._client.pipeline(transaction=False)
        for partition in range(self.partitions):
            pipeline.xrevrange(self._keys.stream(partition), count=1)
        last = [_text(entries[0][0]) if entries else "" for entries in pipeline.execute()]
        # A trimmed stream is empty because everything in it was applied.
        applied = self.applied()
        return [end or applied[i] for i, end in enumerate(last)]

    def position(self) -> str:
        """The end of all partitions now, as a text that `reached` understands."""
        return ",".join(self.ends())

    def applied(self) -> list[str]:
        """Per partition, the last entry whose effects are in the hot state."""
        found = self._client.mget([self._keys.applied(i) for i in range(self.partitions)])
        return [START if value is None else _text(value) for value in found]  # type: ignore[union-attr]

    def recorded(self) -> list[str]:
        """Per partition, the last entry that is in the lake."""
        found = self._client.hmget(self._keys.recorded, [str(i) for i in range(self.partitions)])
        return [START if value is None else _text(value) for value in found]  # type: ignore[union-attr]

    def reached(self, position: str) -> bool:
        """Whether everything up to a position is applied. Raises InvalidInput for what is not a position."""
        try:
            wanted = [order(part) for part in position.split(",")]
        except ValueError as error:
            raise InvalidInput("position", position, "a position that an answer named") from error
        return all(order(a) >= w for a, w in zip(self.applied(), wanted, strict=False))

    def read(self, partition: int, after: str, count: int | None = None, until: str = "+") -> list[Entry]:
        """Entries after a position and up to another, oldest first."""
        found = self._client.xrange(self._keys.stream(partition), min=f"({after}", max=until, count=count)
        return [
            Entry.read(partition, position, fields)
            for position, fields in found  # type: ignore[union-attr]
        ]

    def wait(self, after: Mapping[int, str], count: int, milliseconds: int) -> list[Entry]:
        """Entries after a position per partition, as soon as there are any, or none when the time is over."""
        wanted = {self._keys.stream(partition): position for partition, position in after.items()}
        numbers = {self._keys.stream(partition).encode(): partition for partition in after}
        block = milliseconds or None
        found: list[Any] = self._client.xread(wanted, count=count, block=block) or []  # type: ignore[arg-type,assignment]
        return [Entry.read(numbers[name], position, fields) for name, entries in found for position, fields in entries]

    def trim(self, partitions: Iterable[int], *, recorded: bool) -> None:
        """Drop what is applied and, where it is to be recorded, in the lake."""
        applied, kept = self.applied(), self.recorded()
        with self._client.pipeline(transaction=False) as pipeline:
            for partition in partitions:
                done = min(applied[partition], kept[partition], key=order) if recorded else applied[partition]
                pipeline.xtrim(self._keys.stream(partition), minid=done, approximate=True)
            pipeline.execute()

    def forget(self, tells: Callable[[str], bool]) -> bool:
        """Drop what is applied and in the lake, and tells of somebody who is erased; False where that they are erased
        waits to be applied.
        """
        done = map(min, map(order, self.applied()), map(order, self.recorded()))
        return all([self._forgotten(partition, until, tells) for partition, until in enumerate(done)])

    def _forgotten(self, partition: int, until: tuple[int, int], tells: Callable[[str], bool]) -> bool:
        name = self._keys.stream(partition)
        self._client.xtrim(name, minid=f"{until[0]}-{until[1]}", approximate=False)
        found: Any = self._client.xrange(name, count=_LOOKED_AT)
        texts = {place.decode(): b" ".join(fields.values()).decode(errors="replace") for place, fields in found}
        theirs = [place for place, text in texts.items() if tells(text)]
        gone = [place for place in theirs if order(place) <= until]
        if gone:
            self._client.xdel(name, *gone)
        return not any(ERASED in texts[place] for place in theirs if order(place) > until)

    def backlog(self) -> int:
        """How many entries the streams hold; those applied and recorded are dropped soon after."""
        pipeline = self._client.pipeline(transaction=False)
        for partition in range(self.partitions):
            pipeline.xlen(self._keys.stream(partition))
        return sum(pipeline.execute())

    def oldest_waiting(self) -> float | None:
        """When the oldest entry that is not applied came, in real milliseconds; None when all are."""
        pipeline = self._client.pipeline(transaction=False)
        for partition, after in enumerate(self.applied()):
            pipeline.xrange(self._keys.stream(partition), min=f"({after}", count=1)
        return min((float(order(_text(found[0][0]))[0]) for found in pipeline.execute() if found), default=None)


_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder(Event).decode


def order(position: str) -> tuple[int, int]:
    """An entry's place among its stream's: later entries compare greater."""
    milliseconds, _, sequence = position.partition("-")
    return int(milliseconds), int(sequence or 0)


def _text(value: bytes | str) -> str:
    return value.decode() if isinstance(value, bytes) else value
