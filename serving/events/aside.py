"""What was set aside: entries that could not be applied or recorded, each with its reason.

An entry that is set aside changes nothing, now and after a rebuild: an own event in the lake says so of it.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

import msgspec
import redis

from features.lake import ARRIVED
from features.own_events import SET_ASIDE
from features.traces import Traces
from serving.clock import microseconds, written
from serving.events.fault_isolation import reason_of
from serving.events.stream import UNREADABLE, Entry, Event, Stream
from serving.store.keyspace import Keyspace
from serving.store.personal import personal

SOURCE = "nextlead/aside"


Stage = Literal["apply", "record", "rebuild"]
"""What an entry could not be put through."""


class Letter(msgspec.Struct, frozen=True):
    """What was set aside. position: of its entry in the streams, or where else it stood. stage: what it could not be
    put through. reason: without personal data. event: as it was accepted.
    """

    position: str
    id: str
    source: str
    type: str
    customer_id: str
    at: str
    stage: Stage
    reason: str
    event: str


@dataclass(frozen=True)
class Found:
    """An event that is to be set aside. position: where it stood. arrived: its place of arrival, None for what was
    imported. text: as it was accepted.
    """

    position: str
    arrived: int | None
    event: Event
    text: str

    @classmethod
    def of(cls, entry: Entry) -> Found:
        return cls(place(entry), entry.arrived, entry.event, entry.text)

    @classmethod
    def row(cls, row: Mapping[str, Any]) -> Found:
        """Of a row of the lake, as far as it tells what it is."""
        told = {
            name: "" if row.get(name) is None else str(row[name]) for name in ("id", "source", "type", "customer_id")
        }
        event = Event(**told, time=0, data={})
        text = json.dumps(dict(row), ensure_ascii=False, default=str)
        return cls(f"lake/{event.source}/{event.id}", row.get(ARRIVED), event, text)


class Aside:
    """The letters, in the hot store; each is put there once."""

    def __init__(self, client: redis.Redis, keyspace: Keyspace, stream: Stream) -> None:
        self._client = client
        self._key = keyspace.aside
        self._unranked = keyspace.unranked
        self._stream = stream

    def put(self, pipeline: Any, found: Found, stage: Stage, error: BaseException, now: datetime) -> Letter:
        """Queue up that an event is set aside, for the list and for the lake."""
        event, reason = found.event, reason_of(error)
        told = {"id": event.id, "source": event.source, "type": event.type, "stage": stage, "reason": reason}
        letter = Letter(
            found.position, event.id, event.source, event.type, event.customer_id, at=written(now), stage=stage,
            reason=reason, event=found.text,
        )  # fmt: skip
        pipeline.hsetnx(self._key, found.position, personal(_encode(letter)))
        if event.type not in (SET_ASIDE, UNREADABLE):
            mark = {"of": told | {ARRIVED: found.arrived}, "event": found.text}
            own = Event(found.position, SOURCE, SET_ASIDE, event.customer_id, microseconds(now), mark)
            self._stream.add(pipeline, own)
        return letter

    def known(self, entries: Sequence[Entry]) -> list[bool]:
        """Which of these entries are set aside."""
        if not entries or not self.count():
            return [False] * len(entries)
        found: list[Any] = self._client.hmget(self._key, [place(entry) for entry in entries])  # type: ignore[assignment]
        return [value is not None for value in found]

    def list(self) -> list[Letter]:
        """What was set aside first comes first."""
        found: list[Any] = self._client.hvals(self._key)  # type: ignore[assignment]
        return sorted((_decode(value) for value in found), key=lambda letter: (letter.at, letter.position))

    def unranked(self) -> dict[str, str]:
        """Customers who are handed to nobody because they cannot be scored or decided on, each with the reason."""
        found: dict[bytes, bytes] = self._client.hgetall(self._unranked)  # type: ignore[assignment]
        return {name.decode(): reason.decode() for name, reason in sorted(found.items())}

    def count(self) -> int:
        return int(self._client.hlen(self._key))  # type: ignore[arg-type]

    def forget(self, customer_ids: Collection[str], traces: Traces) -> None:
        """Drop what names these customers."""
        for letter in self.list():
            if letter.customer_id in customer_ids or traces.within(letter.event):
                self._client.hdel(self._key, letter.position)


def place(entry: Entry) -> str:
    """Where an entry stands, as an operator is told it."""
    return f"{entry.partition}/{entry.position}"


_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder(Letter).decode
