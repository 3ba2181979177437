"""Outcomes: what came of a call ends the lease, becomes events, and says when the lead is called again."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import redis

from features.configuration import Configuration
from features.phone import NoPhone, line_of, parse_phone
from leads.actions.reports import RENEWED, SALE
from leads.configuration.vocabulary import DO_NOT_CALL
from leads.configuration.workspace import Workspace
from leads.contact.callback import CALLBACK
from leads.contact.policy import CALL
from leads.errors import InvalidInput, StaleToken, TooBusy
from serving.calls.attempt_records import AttemptRecord, AttemptRecords
from serving.calls.promise import promise_in
from serving.clock import microseconds, written
from serving.events.stream import Event
from serving.events.values import parse_fields
from serving.people.contacts import Contacts
from serving.people.named_policies import NamedPolicies
from serving.people.reach import Reach
from serving.people.resting_numbers import Numbers
from serving.queue import lease_purpose
from serving.queue.dialling import Dialling
from serving.queue.lease import Lease
from serving.queue.lease_purpose import LeasePurpose
from serving.queue.leases import Leases
from serving.store.keyspace import Keyspace
from serving.store.words import SOURCE

_ATTEMPTS = 20
"""How often an outcome is written again when another one of the same customer came in between."""


@dataclass(frozen=True)
class Outcome:
    """What came of a call. `details` is kept as it was told. phone: the number dialled; None for the one handed out."""

    disposition: str
    talk_seconds: float | None
    callback_at: datetime | None
    details: Mapping[str, Any]
    phone: str | None = None


@dataclass(frozen=True)
class _Ending:
    """A lease that ends with an outcome: what it was granted for, the number that was dialled, and what follows. sold:
    the product and policy that the agent names as sold or renewed.
    """

    lease: Lease
    outcome: Outcome
    made: LeasePurpose | None
    phone: str | None
    page: AttemptRecord
    next_try: datetime | None
    sold: Mapping[str, str]


class Completions:
    """Ends leases with what came of them."""

    def __init__(
        self, client: redis.Redis, keyspace: Keyspace, configuration: Configuration, contacts: Contacts, leases: Leases,
        attempt_records: AttemptRecords, policies: NamedPolicies,
    ) -> None:  # fmt: skip
        self._client = client
        self._keys = keyspace
        self._configuration = configuration
        self._contacts = contacts
        self._leases = leases
        self._attempt_records = attempt_records
        self._policies = policies

    def complete(self, lease_id: str, token: int, outcome: Outcome, now: datetime) -> Lease:
        """End a lease with its outcome, which becomes events in the same step.

        Raises StaleToken, and InvalidInput for a phone that is none.
        """
        grace = self._configuration.catalogue.queue.queueing.callback_grace
        for _ in range(_ATTEMPTS):
            lease = self._leases.find(lease_id)
            if lease is None:
                raise StaleToken(f"lease {lease_id} is not held with this token: it ended, or was given to another")
            ending = self._ending(lease, outcome, now)
            events = self._events(ending, now)
            promise = promise_in(events[0].data, grace)
            done = self._leases.complete(
                lease_id,
                token,
                ending.next_try,
                events,
                now,
                promise,
                outcome.disposition,
                ending.page,
                refused_number(outcome.disposition, ending.phone, self._contacts.numbers),
            )
            if done is not None:
                return done
        raise TooBusy("other outcomes of the same customer keep coming in", retry_after=1)

    def _ending(self, lease: Lease, outcome: Outcome, now: datetime) -> _Ending:
        made = lease_purpose.find(self._client, self._keys, lease.id)
        reach = self._contacts.reach([lease.customer_id])[0] or Reach(lease.customer_id)
        dialling = Dialling(self._configuration, self._attempt_records.hours(), self._attempt_records.behind)
        phone = dialled(self._configuration.workspace, reach, outcome) or (made and made.phone) or reach.phone
        before = self._attempt_records.packed([lease.customer_id])[0]
        page = dialling.page(reach, before, outcome.disposition, phone, now)
        next_try = dialling.next_try(reach, outcome.disposition, outcome.callback_at, page.after, now)
        if outcome.disposition == CALLBACK and outcome.callback_at is None:
            outcome = replace(outcome, callback_at=next_try)
        return _Ending(lease, outcome, made, phone, page, next_try, self._sold(lease.customer_id, outcome, now))

    def _sold(self, customer_id: str, outcome: Outcome, now: datetime) -> dict[str, str]:
        """The product and policy that the agent names as what was sold or renewed; of a policy that is named alone the
        product that the core tells of it. Raises InvalidInput.
        """
        said, products = outcome.details.get("outcome"), self._configuration.workspace.products
        if outcome.disposition not in (SALE, RENEWED) or not isinstance(said, Mapping):
            return {}
        sold = {name: said[name] for name in ("product", "policy_id") if said.get(name) is not None}
        if "product" in sold and products and sold["product"] not in products:
            raise InvalidInput("outcome.product", sold["product"], f"one of {', '.join(products)}")
        if "policy_id" in sold and "product" not in sold:
            (sold["product"],) = self._policies.products_of([(customer_id, str(sold["policy_id"]))], now)
        return {name: value for name, value in sold.items() if isinstance(value, str)}

    def _events(self, ending: _Ending, now: datetime) -> list[Event]:
        """`lease.completed` for the record and, where the workspace knows them, `call.attempted` for the caps and
        `call.completed` for the features: with what the call was made for, of the id that was called.
        """
        lease, outcome, made = ending.lease, ending.outcome, ending.made
        action, product = (lease.action, lease.product) if made is None else (made.action, made.product)
        sold = ending.sold
        product = sold.get("product", product)
        purpose: dict[str, Any] = {
            "action": action,
            "scene": made and made.scene,
            "decision_id": made and made.decision_id,
        }
        dial = purpose | {"channel": CALL, "product": product}
        call = {**dial, **sold} | {"disposition": outcome.disposition, "talk_seconds": outcome.talk_seconds}
        call |= {"agent_id": lease.agent_id}
        time = microseconds(now)
        told = _told(ending, purpose | {"product": product})
        completed = Event(
            f"{lease.id}/completed", SOURCE, "lease.completed", lease.called or lease.customer_id, time, told
        )
        return [completed, *call_events(self._configuration.workspace, completed, lease.id, dial, call)]


def dialled(workspace: Workspace, reach: Reach, outcome: Outcome) -> str | None:
    """The number that was told, in its normal form; of a line the customer's own extension there.

    Raises InvalidInput.
    """
    if outcome.phone is None:
        return None
    recognition = workspace.recognition
    try:
        told = parse_phone(outcome.phone, recognition.country_at(reach.timezone), recognition.no_identity)
    except NoPhone as error:
        raise InvalidInput("phone", "(withheld)", str(error)) from error
    own = [phone for phone in reach.phones if line_of(phone) == told]
    return told if told in reach.phones or not own else own[0]


def call_events(
    workspace: Workspace, completed: Event, stem: str, dial: Mapping[str, Any], call: Mapping[str, Any]
) -> list[Event]:
    """`call.attempted` and `call.completed` beside a `lease.completed`, where the workspace knows them, with what it
    declares of `dial` and `call`. stem: of their ids.
    """
    return [
        replace(completed, id=f"{stem}/{name}", type=kind, data=parse_fields(workspace, data))
        for kind, name, data in (("call.attempted", "dial", dial), ("call.completed", "call", call))
        if kind in workspace.events
    ]


def refused_number(disposition: str, phone: str | None, numbers: Numbers) -> str | None:
    """The digest of the number at which somebody asked not to be called."""
    return numbers.digest(phone) if disposition == DO_NOT_CALL and phone is not None else None


def _told(ending: _Ending, purpose: Mapping[str, Any]) -> dict[str, Any]:
    """What the record keeps: enough to know again when the lead is called next, and what was promised."""
    lease, outcome = ending.lease, ending.outcome
    told: dict[str, Any] = {"lease_id": lease.id, "queue": lease.queue, "agent_id": lease.agent_id}
    told |= {name: purpose[name] for name in ("action", "product", "decision_id")}
    told |= {"disposition": outcome.disposition, **outcome.details, **callback(outcome.callback_at)}
    return told | followed(ending.phone, ending.page, ending.next_try)


def callback(at: datetime | None) -> dict[str, str]:
    """When the customer is to be called back, as the record tells it."""
    return {} if at is None else {"callback_at": written(at)}


def followed(phone: str | None, page: AttemptRecord, next_try: datetime | None) -> dict[str, Any]:
    """What a call leaves behind, as the record tells it: a rebuild takes attempts and rests from there."""
    again = None if next_try is None else written(next_try)
    return {"phone": phone, "day": page.after.tally.day, "hour": page.hour, "next_try_at": again}
