"""Claims: what agents take from the queue, checked as it is handed out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from leads.callback import CALLBACK, promised
from leads.contact import CALL, zone_of
from leads.wording import Words
from serving.calls.promises import Promise, promise_body
from serving.clock import microseconds, written
from serving.decisions.deciding import Made, Request
from serving.decisions.ledger import Decision
from serving.decisions.next_action import record
from serving.events.halves import FAULTS, by_halves
from serving.events.stream import Event
from serving.people.contacts import Contact, Reach
from serving.queue import commitments
from serving.queue.allotment import allot, may_be_handed_out, told
from serving.queue.commitments import Commitment
from serving.queue.dialling import Dial, Dialling
from serving.queue.leases import Lease, Wanted
from serving.queue.places import Item
from serving.queue.queue import SOURCE
from serving.scoring.scorer import Scored
from serving.services import Services

REASONS = 3
"""Reasons that a claimed item carries."""

_ROUNDS = 3
"""How often customers who may no longer be called are replaced by others in one claim."""


def claim(services: Services, queue: str, wanted: Wanted, now: datetime) -> dict[str, Any]:
    """The body of the answer: up to as many customers as are wanted, that only this agent holds.

    Each is decided on anew: consent, do-not-call and hours are this moment's, not the last rescoring's. Where there are
    fewer than wanted, what kept it short is named.
    """
    allotment = allot(services, queue, wanted, now)
    taken = [] if allotment.wanted is None else _taken(services, queue, allotment.wanted, allotment.day, now)
    handed = _handed_over(services, taken, wanted.lease_seconds, now)
    limits = told(services, queue, allotment, len(handed), now)
    return {"leases": [granted.body for granted in handed], "limits": limits}


def _taken(services: Services, queue: str, wanted: Wanted, day: str, now: datetime) -> list[_Granted]:
    granted: list[_Granted] = []
    for _ in range(_ROUNDS):
        rest = replace(wanted, limit=wanted.limit - len(granted))
        leases = services.queue.claim(queue, rest, now, day)
        granted += _confirmed(services, queue, wanted, leases, now)
        if len(granted) == wanted.limit or not leases:
            break
    return granted


def _confirmed(
    services: Services, queue: str, wanted: Wanted, leases: Sequence[Lease], now: datetime
) -> list[_Granted]:
    if not leases:
        return []
    request = Request("claim", channel=CALL, explain=REASONS, queue=queue)
    try:
        scored, decided = _decided(services, leases, request, now)
    except FAULTS:
        right = _decidable(services, leases, request, now)
        if len(right) == len(leases):
            raise
        return _confirmed(services, queue, wanted, right, now)
    dialling = Dialling(services.configuration, services.callbook.hours())
    attempts = services.callbook.attempts(scored.customer_ids)
    dials = [
        None if reach is None else dialling.dial(reach, tried, now)
        for reach, tried in zip(scored.contacts, attempts, strict=True)
    ]
    actions = services.configuration.catalogue.actions
    fit = [
        row
        for row, order in enumerate(decided.order)
        if order and dials[row] is not None and may_be_handed_out(services, wanted, actions[order[0]])
    ]
    _give_back(services, [lease for row, lease in enumerate(leases) if row not in set(fit)], now)
    if not fit:
        return []
    made = record(services, scored, decided, request, now)
    return [
        _Granted(leases[row], made[row], scored.contacts[row], dials[row], _kept(services, scored, row, now))
        for row in fit
    ]


def _decided(services: Services, leases: Sequence[Lease], request: Request, now: datetime) -> tuple[Scored, Made]:
    scored = services.scorer.score([lease.customer_id for lease in leases], now)
    return scored, services.decider.make(scored, request, now)


def _decidable(services: Services, leases: Sequence[Lease], request: Request, now: datetime) -> list[Lease]:
    """Those whose customers can be scored and decided on; the others are given back."""
    right: list[Lease] = []

    def keep(part: Sequence[Lease]) -> None:
        _decided(services, part, request, now)
        right.extend(part)

    by_halves(leases, keep, lambda lease, _: _give_back(services, [lease], now))
    return right


def _kept(services: Services, scored: Scored, row: int, now: datetime) -> Kept | None:
    """The promise that a call to the customer keeps, where it is due."""
    promise, reach = scored.promises[row], scored.contacts[row]
    if promise is None or promise.due > now:
        return None
    zone = zone_of(None if reach is None else reach.timezone, services.configuration.workspace.timezone)
    return Kept(promise, promised(promise.told.get("user") or promise.agent_id, promise.due.astimezone(zone), now))


def _handed_over(services: Services, taken: Sequence[_Granted], seconds: float, now: datetime) -> list[_Granted]:
    """The time of a lease runs from when all is decided; one that ended before that is not handed out."""
    leases = services.queue.hand_over([granted.lease for granted in taken], seconds, now)
    handed = [replace(granted, lease=lease) for granted, lease in zip(taken, leases, strict=True) if lease is not None]
    _tell(services, handed, now)
    return handed


def _give_back(services: Services, leases: Sequence[Lease], now: datetime) -> None:
    """Who may not be called leaves the queue until the worker ranks them anew."""
    if not leases:
        return
    services.queue.put([Item(lease.customer_id, (), {}) for lease in leases], now)
    for lease in leases:
        services.queue.release(lease.id, lease.token, now)


@dataclass(frozen=True)
class Kept:
    """A promise that is kept by a call, and what it is in words."""

    promise: Promise
    words: Words

    @property
    def reason(self) -> dict[str, Any]:
        """As the first of the lead's reasons; it moves no score."""
        due = written(self.promise.due)
        return {"objective": None, "feature": CALLBACK, "value": due, "contribution": 0.0, "text": self.words.text()}


@dataclass(frozen=True)
class _Granted:
    """A lead that is handed out: the decision behind it, how they are called, and the promise that is kept with it."""

    lease: Lease
    decision: Decision
    reach: Reach | None
    dial: Dial | None
    kept: Kept | None

    @property
    def body(self) -> dict[str, Any]:
        lease, offer = self.lease, self.decision.chosen[0]
        reasons = [*([] if self.kept is None else [self.kept.reason]), *offer["reasons"]]
        dial = {} if self.dial is None else self.dial.body
        return {
            "lease_id": lease.id,
            "token": lease.token,
            "customer_id": lease.customer_id,
            "contact": contact_body(self.reach) | dial,
            "best_hours": [] if self.dial is None else list(self.dial.hours),
            "action": {**offer, "reasons": reasons},
            "priority": offer["priority"],
            "order": lease.order,
            "promise": None if self.kept is None else promise_body(self.kept.promise),
            "reasons": reasons,
            "decision_id": self.decision.id,
            "expires_at": written(lease.expires_at),
        }

    @property
    def event(self) -> dict[str, Any]:
        lease = self.lease
        told = {"lease_id": lease.id, "queue": lease.queue, "agent_id": lease.agent_id, "token": lease.token}
        return told | {"expires_at": written(lease.expires_at), "decision_id": self.decision.id}

    @property
    def commitment(self) -> Commitment:
        offer = self.decision.chosen[0]
        phone = None if self.dial is None else self.dial.phone
        return Commitment(self.decision.id, offer["action"], offer["scene"], offer["product"], phone)


def contact_body(contact: Contact | Reach | None) -> dict[str, Any]:
    """How to reach a customer."""
    return {name: getattr(contact, name, None) for name in ("phone", "wechat", "email", "timezone")}


def _tell(services: Services, handed: Sequence[_Granted], now: datetime) -> None:
    """The record says who took the customer, and the lease remembers what it was granted for."""
    if not handed:
        return
    with services.client.pipeline(transaction=True) as pipeline:
        for granted in handed:
            lease = granted.lease
            name, time = f"{lease.id}/granted", microseconds(now)
            event = Event(name, SOURCE, "lease.granted", lease.customer_id, time, granted.event)
            services.stream.add(pipeline, event)
            commitments.remember(pipeline, services.keyspace, lease.id, granted.commitment)
        pipeline.execute()
