"""A promise: a callback that an agent promised to a customer, and its row in the store."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Annotated, Any

import msgspec
from typing_extensions import TypedDict

from leads.contact.callback import CALLBACK
from serving.clock import from_milliseconds, milliseconds, written
from serving.meaning import Means, Time
from serving.store.records import PromiseRow


@dataclass(frozen=True)
class Promise:
    """A callback promised by an agent: due at a time, theirs alone until another. details: what else the record says of
    it, among `SAID`.
    """

    agent_id: str
    due: datetime
    until: datetime
    details: Mapping[str, str] = field(default_factory=dict)


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
    details = promise.details
    return {
        "agent_id": promise.agent_id,
        "due": written(promise.due),
        "user": details.get("user"),
        "action": details.get("action"),
        "product": details.get("product"),
        "note": details.get("note"),
    }


def packed(promise: Promise, alias: Callable[[str], str] = str) -> bytes:
    """A promise as the queue's scripts keep it, its details under an alias."""
    return _encode(row_of(promise, alias))


def row_of(promise: Promise, alias: Callable[[str], str] = str) -> tuple[str, float, float, str]:
    """Its row, as far as it is known when it is made."""
    details = msgspec.json.encode(dict(sorted(promise.details.items()))).decode()
    return PromiseRow(promise.agent_id, milliseconds(promise.due), milliseconds(promise.until), alias(details))[:4]


def promise_of(packed: bytes, behind: Callable[[str], str] = str) -> Promise:
    """A promise from its record. behind: the details behind their alias."""
    row = PromiseRow(*_decode(packed))
    said = msgspec.json.decode(behind(row.details), type=dict[str, str])
    return Promise(row.agent_id, from_milliseconds(int(row.due)), from_milliseconds(int(row.until)), said)


_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder().decode
