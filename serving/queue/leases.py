"""Leases: what an agent asks for, and a customer held by them until a time."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import msgspec

from leads.callback import CALLBACK
from serving.clock import from_milliseconds, milliseconds, written
from serving.queue.places import CELL, order_of


@dataclass(frozen=True)
class Wanted:
    """What an agent asks for. Each list that is empty asks for no difference.

    without: campaigns that may not be taken now. paused: objectives whose queues are paused.
    counters: by name (`agent:…`, `campaign:…`, `top:…`, `team:…`) the most that may be taken of it on the day.
    top: from which priority on a lead that is open to everyone counts as a top one; None counts none.
    team: counted too, where it is given. most_held: leases held at once, None without a limit.
    """

    agent_id: str
    limit: int = 1
    lease_seconds: float = 300
    skills: tuple[str, ...] = ()
    regions: tuple[str, ...] = ()
    languages: tuple[str, ...] = ()
    without: tuple[str, ...] = ()
    paused: tuple[str, ...] = ()
    counters: Mapping[str, int] = field(default_factory=dict)
    top: float | None = None
    team: str | None = None
    most_held: int | None = None


@dataclass(frozen=True)
class Lease:
    """A customer held by an agent until `expires_at`. Whoever acts on it must show its fencing `token`.

    order: why they came before others (see places.ORDERS). phones: the numbers that nobody else may call. granted_at:
    when the agent got them. called: the id that they were handed out under, where they are kept under another by now.
    """

    id: str
    token: int
    customer_id: str
    queue: str
    agent_id: str
    action: str
    product: str | None
    priority: float
    expires_at: datetime
    granted_at: datetime
    order: str = "open"
    campaign: str | None = None
    phones: tuple[str, ...] = ()
    called: str | None = None


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


@dataclass(frozen=True)
class Recall:
    """A lead that its owner did not work in the service time, or a callback that was not kept: whose it was, since
    when, and when it became anyone's.

    queue: the one that the customer was worth most in. what: `own_customer` or `callback`.
    """

    customer_id: str
    agent_id: str
    queue: str | None
    since: datetime
    recalled_at: datetime
    what: str = "own_customer"


def recall_of(customer_id: str, at: float, packed: bytes) -> Recall:
    """A recall from its record."""
    agent_id, queue, since, *what = _decode(packed)
    return Recall(customer_id, agent_id, queue or None, from_milliseconds(int(since)), from_milliseconds(at), *what)


def lease_of(lease_id: str, packed: bytes) -> Lease:
    """A lease from its record."""
    kept = _decode(packed)
    cell = dict(zip(CELL, kept["cell"].split("|"), strict=True))
    return Lease(
        id=lease_id, token=int(kept["token"]), customer_id=kept["customer"], queue=kept["queue"],
        agent_id=kept["agent"], action=kept["action"], product=cell["product"] or None,
        priority=float(kept["priority"]), expires_at=from_milliseconds(int(kept["ends"])),
        granted_at=from_milliseconds(int(kept["at"])),
        order=order_of(kept["lane"]), campaign=cell["campaign"] or None, phones=tuple(kept["phones"]),
        called=kept.get("called"),
    )  # fmt: skip


def promise_body(promise: Promise | None) -> dict[str, Any] | None:
    """A promise as answers tell it: who promised, when it is due, what the call was about and what was said."""
    if promise is None:
        return None
    return {"agent_id": promise.agent_id, "due": written(promise.due)} | {n: promise.told.get(n) for n in SAID}


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
