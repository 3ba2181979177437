"""Claims and outcomes: what agents take from the queue, checked as it is handed out, and what came of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from leads.errors import NextleadError, StaleToken
from serving import commitments
from serving.allotment import allot, told
from serving.clock import microseconds, written
from serving.commitments import Commitment
from serving.contacts import Contact, Reach
from serving.deciding import CALL, Request
from serving.decisions import decide, record
from serving.leases import Lease, Promise, Wanted
from serving.ledger import Decision
from serving.places import Item
from serving.services import Services
from serving.stream import Event
from serving.values import parse_value

SOURCE = "nextlead/leases"
REASONS = 3
"""Reasons that a claimed item carries."""

_ROUNDS = 3
"""How often customers who may no longer be called are replaced by others in one claim."""

RESTS: Mapping[str, timedelta | None] = {
    "sale": timedelta(days=30),
    "renewed": timedelta(days=30),
    "callback": timedelta(days=1),
    "interested": timedelta(days=2),
    "not_interested": timedelta(days=30),
    "no_answer": timedelta(hours=4),
    "busy": timedelta(hours=1),
    "voicemail": timedelta(hours=8),
    "wrong_number": None,
    "do_not_call": None,
}
"""How long a customer is not offered again after an outcome; None for good. A callback has its own time."""


@dataclass(frozen=True)
class Outcome:
    """What came of a call. `details` is kept as it was told."""

    disposition: str
    talk_seconds: float | None
    callback_at: datetime | None
    details: Mapping[str, Any]


def claim(services: Services, queue: str, wanted: Wanted, now: datetime) -> dict[str, Any]:
    """The body of the answer: up to as many customers as are wanted, that only this agent holds.

    Each is decided on anew: consent, do-not-call and hours are this moment's, not the last rescoring's. Where there are
    fewer than wanted, the rules that kept it short are named.
    """
    allotment = allot(services, queue, wanted, now)
    granted = [] if allotment.wanted is None else _taken(services, queue, allotment.wanted, allotment.day, now)
    return {"leases": granted, "limits": told(services, allotment, len(granted), now)}


def _taken(services: Services, queue: str, wanted: Wanted, day: str, now: datetime) -> list[dict[str, Any]]:
    granted: list[dict[str, Any]] = []
    for _ in range(_ROUNDS):
        rest = replace(wanted, limit=wanted.limit - len(granted))
        leases = services.queue.claim(queue, rest, now, day)
        granted += _confirmed(services, queue, leases, now)
        if len(granted) == wanted.limit or not leases:
            break
    return granted


def _confirmed(services: Services, queue: str, leases: Sequence[Lease], now: datetime) -> list[dict[str, Any]]:
    if not leases:
        return []
    scored = services.scorer.score([lease.customer_id for lease in leases], now)
    request = Request("claim", channel=CALL, explain=REASONS, queue=queue)
    decided = decide(services, scored, request, now)
    fit = [row for row, order in enumerate(decided.order) if order and scored.contacts[row] is not None]
    _give_back(services, [lease for row, lease in enumerate(leases) if row not in set(fit)], now)
    if not fit:
        return []
    made = record(services, scored, decided, request, now)
    granted = [_granted(leases[row], scored.contacts[row], made[row].chosen[0], made[row].id) for row in fit]
    _tell(services, {leases[row].id: (leases[row], made[row]) for row in fit}, now)
    return granted


def _give_back(services: Services, leases: Sequence[Lease], now: datetime) -> None:
    """Who may not be called leaves the queue until the worker ranks them anew."""
    if not leases:
        return
    services.queue.put([Item(lease.customer_id, (), {}) for lease in leases], now)
    for lease in leases:
        services.queue.release(lease.id, lease.token, now)


def _granted(lease: Lease, contact: Reach | None, offer: Mapping[str, Any], decision_id: str) -> dict[str, Any]:
    return {
        "lease_id": lease.id,
        "token": lease.token,
        "customer_id": lease.customer_id,
        "contact": contact_body(contact),
        "action": offer,
        "priority": offer["priority"],
        "order": lease.order,
        "reasons": offer["reasons"],
        "decision_id": decision_id,
        "expires_at": written(lease.expires_at),
    }


def contact_body(contact: Contact | Reach | None) -> dict[str, str | None]:
    """How to reach a customer."""
    return {name: getattr(contact, name, None) for name in ("phone", "wechat", "email", "timezone")}


def _tell(services: Services, granted: Mapping[str, tuple[Lease, Decision]], now: datetime) -> None:
    """The record says who took the customer, and the lease remembers what it was granted for."""
    with services.client.pipeline(transaction=True) as pipeline:
        for lease, decision in granted.values():
            told = {"lease_id": lease.id, "queue": lease.queue, "agent_id": lease.agent_id, "token": lease.token}
            told |= {"expires_at": written(lease.expires_at), "decision_id": decision.id}
            event = Event(f"{lease.id}/granted", SOURCE, "lease.granted", lease.customer_id, microseconds(now), told)
            services.stream.add(pipeline, event)
            offer = decision.chosen[0]
            kept = Commitment(decision.id, offer["action"], offer["scene"], offer["product"])
            commitments.remember(pipeline, services.keyspace, lease.id, kept)
        pipeline.execute()


def complete(services: Services, lease_id: str, token: int, outcome: Outcome, now: datetime) -> Lease:
    """End a lease with its outcome, which becomes events in the same step. Raises StaleToken."""
    lease = services.queue.lease(lease_id)
    if lease is None:
        raise StaleToken(f"lease {lease_id} is not held with this token: it ended, or was given to another")
    events = [event.written() for event in _events(services, lease, outcome, now)]
    rest = rest_until(outcome.disposition, outcome.callback_at, now)
    promise = _promise(services, lease, outcome)
    return services.queue.complete(lease_id, token, rest, events, now, promise, outcome.disposition)


def _promise(services: Services, lease: Lease, outcome: Outcome) -> Promise | None:
    """The callback that the agent promised in this call."""
    if outcome.disposition != "callback" or outcome.callback_at is None:
        return None
    grace = services.configuration.catalogue.queueing.callback_grace
    return Promise(lease.agent_id, outcome.callback_at, outcome.callback_at + grace)


def complete_many(services: Services, items: Sequence[tuple[str, int, Outcome]], now: datetime) -> list[dict[str, Any]]:
    """Complete several leases, each answered for itself."""
    return [_answered(services, *item, now) for item in items]


def _answered(services: Services, lease_id: str, token: int, outcome: Outcome, now: datetime) -> dict[str, Any]:
    try:
        lease = complete(services, lease_id, token, outcome, now)
    except NextleadError as error:
        return {
            "lease_id": lease_id,
            "status": error.status,
            "state": None,
            "customer_id": None,
            "detail": error.detail,
        }
    done = {"lease_id": lease_id, "status": 200, "state": "completed", "customer_id": lease.customer_id}
    return done | {"detail": None}


def rest_until(disposition: str, callback_at: datetime | None, at: datetime) -> datetime | None:
    """When a customer may be offered again after an outcome at a time; None never."""
    if disposition == "callback" and callback_at is not None:
        return callback_at
    rest = RESTS[disposition]
    return None if rest is None else at + rest


def _events(services: Services, lease: Lease, outcome: Outcome, now: datetime) -> list[Event]:
    """`lease.completed` for the record and, where the workspace knows them, `call.attempted` for the caps and
    `call.completed` for the features: with what the call was made for.
    """
    made = commitments.find(services.client, services.keyspace, lease.id)
    action, product = (lease.action, lease.product) if made is None else (made.action, made.product)
    purpose: dict[str, Any] = {"action": action, "scene": made and made.scene, "decision_id": made and made.decision_id}
    told = {"lease_id": lease.id, "queue": lease.queue, "agent_id": lease.agent_id, "action": action}
    told |= {"decision_id": purpose["decision_id"], "disposition": outcome.disposition, **outcome.details}
    dial = purpose | {"channel": CALL, "product": product}
    call = dial | {"disposition": outcome.disposition, "talk_seconds": outcome.talk_seconds}
    time = microseconds(now)
    events = [Event(f"{lease.id}/completed", SOURCE, "lease.completed", lease.customer_id, time, told)]
    for kind, name, data in (("call.attempted", "dial", dial), ("call.completed", "call", call)):
        if kind in services.configuration.workspace.events:
            data = _typed(services, data)
            events.append(Event(f"{lease.id}/{name}", SOURCE, kind, lease.customer_id, time, data))
    return events


def _typed(services: Services, values: Mapping[str, Any]) -> dict[str, Any]:
    """What the workspace declares of it."""
    fields = services.configuration.workspace.fields
    return {
        name: parse_value(name, fields[name].type, value)
        for name, value in values.items()
        if name in fields and value is not None
    }
