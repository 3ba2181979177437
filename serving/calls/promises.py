"""Promises: callbacks that agents promised to customers, and how the store keeps them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Annotated, Any

import msgspec
from typing_extensions import TypedDict

from leads.contact.callback import CALLBACK
from serving.clock import from_milliseconds, milliseconds, written
from serving.meaning import Means, Time


@dataclass(frozen=True)
class Promise:
    """A callback promised by an agent: due at a time, theirs alone until another. told: what else the record says of
    it, among `SAID`.
    """

    agent_id: str
    due: datetime
    until: datetime
    told: Mapping[str, str] = field(default_factory=dict)


SAID = ("user", "action", "product", "note")
"""What is kept with a promise: who spoke where a dialer reported it, what the call was about, and the agent's words."""


def promise_in(told: Mapping[str, Any], grace: timedelta) -> Promise | None:
    """The callback that a `lease.completed` tells of, None for any other outcome."""
    if told["disposition"] != CALLBACK or not told.get("callback_at"):
        return None
    due = datetime.fromisoformat(told["callback_at"])
    return Promise(told["agent_id"], due, due + grace, {name: told[name] for name in SAID if told.get(name)})


class PromiseAnswer(TypedDict):
    """A call that an agent promised to make."""

    agent_id: str
    due: Time
    user: Annotated[str | None, Means("who spoke, where another dialer reported the call")]
    action: Annotated[str | None, Means("what the call was about, in which it was promised")]
    product: str | None
    note: str | None


def promise_body(promise: Promise | None) -> PromiseAnswer | None:
    """A promise as answers tell it: who promised, when it is due, what the call was about and what was said."""
    if promise is None:
        return None
    told = promise.told
    return {
        "agent_id": promise.agent_id,
        "due": written(promise.due),
        "user": told.get("user"),
        "action": told.get("action"),
        "product": told.get("product"),
        "note": told.get("note"),
    }


def packed(promise: Promise) -> bytes:
    """A promise as the queue's scripts keep it."""
    agent_id, due, until, told = row_of(promise)
    return _encode((agent_id, due, until, told))


def row_of(promise: Promise) -> tuple[str, int, int, str]:
    """The parts of its record: agent, due, until when it is theirs alone, and what was told, as JSON."""
    told = msgspec.json.encode(dict(sorted(promise.told.items()))).decode()
    return promise.agent_id, milliseconds(promise.due), milliseconds(promise.until), told


def promise_of(packed: bytes) -> Promise:
    """A promise from its record."""
    agent_id, due, until, told, *_ = _decode(packed)
    said = msgspec.json.decode(told, type=dict[str, str])
    return Promise(agent_id, from_milliseconds(int(due)), from_milliseconds(int(until)), said)


_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder().decode
