"""The outbox: per endpoint, messages that wait to be delivered, noted in the same step as what they tell of."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec
import redis

from features.own_events import CHANGED
from serving.clock import from_microseconds, written
from serving.events.stream import UNREADABLE, Event
from serving.store.keyspace import Keyspace
from serving.store.personal import personal
from serving.store.words import OUTBOX_KEPT


@dataclass(frozen=True)
class Message:
    """A message at its place in the outbox. tries: how often it was sent in vain; due: not before, in milliseconds."""

    position: str
    event: Event
    tries: int
    due: int


class Outbox:
    """The outboxes of a home's endpoints. wants: by endpoint, the types of events that it gets."""

    def __init__(self, client: redis.Redis, keyspace: Keyspace, wants: Mapping[str, Collection[str]]) -> None:
        self._client = client
        self._keys = keyspace
        self._wants = wants

    def add(self, pipeline: Any, events: Iterable[Event]) -> None:
        """Queue up what endpoints want to know of these events."""
        for name, text in self.messages(events):
            pipeline.xadd(self._waiting(name), {"event": personal(text)}, maxlen=OUTBOX_KEPT)

    def messages(self, events: Iterable[Event]) -> list[tuple[str, str]]:
        """The endpoints that want to know of these events, each with the event as it is kept."""
        if not self._wants:
            return []
        wants = self._wants.items()
        return [(name, event.written()) for event in events for name, types in wants if event.type in types]

    def hearing(self, kind: str) -> list[str]:
        """The endpoints that want to know of events of a type."""
        return [name for name, types in self._wants.items() if kind in types]

    def first(self, name: str, most: int, after: str | None = None) -> Sequence[Message]:
        """The oldest messages of an endpoint, or the oldest after one of them."""
        found: Any = self._client.xrange(self._waiting(name), min="-" if after is None else f"({after}", count=most)
        if not found:
            return []
        tries: list[Any] = self._client.hmget(self._tries(name), [at for at, _ in found])  # type: ignore[assignment]
        return [_message(at, fields, noted) for (at, fields), noted in zip(found, tries, strict=True)]

    def count(self, name: str) -> int:
        return int(self._client.xlen(self._waiting(name)))  # type: ignore[arg-type]

    def done(self, pipeline: Any, name: str, message: Message) -> None:
        """Forget a message: it was delivered, or is elsewhere now."""
        pipeline.xdel(self._waiting(name), message.position)
        pipeline.hdel(self._tries(name), message.position)

    def again(self, pipeline: Any, name: str, message: Message, due: int) -> None:
        """It was sent in vain once more; not before `due` (ms) again."""
        pipeline.hset(self._tries(name), message.position, f"{message.tries + 1} {due}")

    def put_back(self, name: str, event: Event, pipeline: Any) -> None:
        """A message that was given up waits again, as a new one."""
        pipeline.xadd(self._waiting(name), {"event": event.kept()}, maxlen=OUTBOX_KEPT)

    def disabled(self, name: str) -> str | None:
        """Why nothing is sent to an endpoint, None while it is."""
        found: Any = self._client.get(self._off(name))
        return None if found is None else found.decode()

    def disable(self, name: str, why: str) -> None:
        self._client.set(self._off(name), why)

    def enable(self, name: str) -> None:
        self._client.delete(self._off(name))

    def _waiting(self, name: str) -> str:
        return self._keys.outbox(name)

    def _tries(self, name: str) -> str:
        return self._keys.outbox_tries(name)

    def _off(self, name: str) -> str:
        return self._keys.disabled(name)


def message_id(event: Event) -> str:
    """The same for an event however often it is sent: receivers know a repetition by it."""
    return "msg_" + hashlib.sha256(f"{event.source}\x00{event.id}".encode()).hexdigest()[:32]


def body_of(event: Event) -> bytes:
    """What is told: the event as it was, and of a changed record only whose it is."""
    told = {} if event.type == CHANGED else dict(event.data)
    data = {**told, "id": event.id, "source": event.source}
    data |= {"customer_id": event.customer_id} if event.customer_id else {}
    content = {"type": event.type, "timestamp": written(from_microseconds(event.time)), "data": data}
    return json.dumps(content, ensure_ascii=False, separators=(",", ":")).encode()


def _message(position: bytes, fields: Mapping[bytes, bytes], noted: bytes | None) -> Message:
    """One that cannot be read has the type UNREADABLE, and holds up nobody else's."""
    at = position.decode()
    try:
        tries, due = map(int, (noted or b"0 0").split())
    except ValueError:
        tries = due = 0
    try:
        event = Event.read(fields[b"event"])
    except (KeyError, msgspec.DecodeError, UnicodeDecodeError):
        event = Event(at, "nextlead/outbox", UNREADABLE, f"{UNREADABLE}/{at}", 0, {})
    return Message(at, event, tries, due)
