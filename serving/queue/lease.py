"""Leases: what an agent asks for, and a customer held by them until a time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal, NamedTuple

import msgspec
from typing_extensions import TypedDict

from serving.clock import from_milliseconds, written
from serving.meaning import Time
from serving.queue.places import Order, order_of, parts_of
from serving.store.records import LeaseRecord, RecallRow
from serving.store.words import Recalled

MOST = 200
"""Leads of a claim at most."""


@dataclass(frozen=True)
class Wanted:
    """What an agent asks for. Each list that is empty asks for no difference.

    without: campaigns that may not be taken now. paused: objectives whose queues are paused.
    counters: by name (`agent:…`, `campaign:…`, `top:…`, `team:…`) the most that may be taken of it on the day.
    top: from which priority on a lead that is open to everyone counts as a top one; None counts none.
    team: counted too, where it is given. most_held: leases held at once, None without a limit. key: with which it is
    asked; most_of_key: leases held at once that were claimed with it, None without a limit; hourly_of_key:
    leads that are taken with it within an hour, given back or not.
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
    key: str = ""
    most_of_key: int | None = None
    hourly_of_key: int | None = None


class Decided(NamedTuple):
    """A lead as it was decided ahead: the row of the ledger, and how they are called, as JSON."""

    row: bytes
    call: bytes


@dataclass(frozen=True)
class Lease:
    """A customer held by an agent until `expires_at`. Whoever acts on it must show its fencing `token`.

    order: why they came before others (see places.ORDERS). phones: the numbers that nobody else may call. granted_at:
    when the agent got them. called: the id that they were handed out under, where they are kept under another by now.
    decided: what was decided ahead, by which it was handed over at its claim; None where it was not.
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
    order: Order = "open"
    campaign: str | None = None
    phones: tuple[str, ...] = ()
    called: str | None = None
    decided: Decided | None = None


@dataclass(frozen=True)
class Ahead:
    """Whose decisions a claim takes that were made ahead. versions: of all that decides. hearing: endpoints that are
    told of decisions.
    """

    versions: str
    hearing: Sequence[str] = ()


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
    what: Recalled = "own_customer"


def recall_of(customer_id: str, at: float, packed: bytes) -> Recall:
    """A recall from its record."""
    row = RecallRow(*_decode(packed))
    since = from_milliseconds(int(row.since))
    return Recall(customer_id, row.agent_id, row.queue or None, since, from_milliseconds(at), row.what)


class LeaseState(TypedDict):
    lease_id: str
    customer_id: str
    state: Literal["held", "released", "completed", "taken_back"]
    expires_at: Time | None


def held(lease: Lease) -> LeaseState:
    """What has become of a lease that goes on."""
    until = written(lease.expires_at)
    return {"lease_id": lease.id, "customer_id": lease.customer_id, "state": "held", "expires_at": until}


def ended(lease: Lease, state: Literal["released", "completed", "taken_back"]) -> LeaseState:
    """What has become of a lease that is over."""
    return {"lease_id": lease.id, "customer_id": lease.customer_id, "state": state, "expires_at": None}


def lease_of(lease_id: str, packed: bytes, decided: Decided | None = None) -> Lease:
    """A lease from its record. decided: see `Lease`."""
    kept = _decode_lease(packed)
    cell = parts_of(kept.cell)
    return Lease(
        id=lease_id, token=int(kept.token), customer_id=kept.customer, queue=kept.queue,
        agent_id=kept.agent, action=kept.action, product=cell["product"] or None,
        priority=kept.priority, expires_at=from_milliseconds(int(kept.ends)),
        granted_at=from_milliseconds(int(kept.at)),
        order=order_of(kept.lane), campaign=cell["campaign"] or None, phones=kept.phones, called=kept.called,
        decided=decided,
    )  # fmt: skip


_decode = msgspec.msgpack.Decoder().decode
_decode_lease = msgspec.msgpack.Decoder(LeaseRecord).decode
