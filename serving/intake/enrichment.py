"""What an event leaves out is filled in: from the decision that it names what a call or message was for, and from the
policy that it names the product that was sold. A lease's call is counted once.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import msgspec
import redis

from features.configuration import Configuration
from leads.actions.catalogue import Catalogue
from leads.actions.reports import CALLED, RENEWED, SALE
from serving.decisions.purposes import Purpose, Purposes
from serving.events.stream import Event
from serving.people.contacts import Contacts
from serving.people.named_policies import NamedPolicies
from serving.queue import lease_purpose
from serving.store.keyspace import Keyspace

CALLS = ("call.attempted", "call.completed")
"""Events that completing a lease tells by itself."""

FILLED = ("action", "scene", "product")
"""What a decision knows of the contact that carries it out."""


@dataclass(frozen=True)
class Named:
    """What an event says that it carries out, each None where it does not say."""

    decision_id: str | None = None
    lease_id: str | None = None

    @classmethod
    def by(cls, data: Mapping[str, Any]) -> Named:
        """From an event's data as it came; `lease_id` need not be a declared field."""
        found = {name: data.get(name) for name in ("decision_id", "lease_id")}
        return cls(**{name: value for name, value in found.items() if isinstance(value, str) and value})


@dataclass(frozen=True)
class Enriched:
    """An event to be accepted. call: the decision whose lease this is the call of, of which each type counts once
    whoever tells it; empty for any other event.
    """

    event: Event
    call: str = ""


def contacts(catalogue: Catalogue) -> frozenset[str]:
    """The types of events that tell of a contact."""
    return frozenset((*catalogue.contact.sent.values(), *CALLS))


class Enrichment:
    """Fills in what events leave out, from the decisions that they name."""

    def __init__(
        self, client: redis.Redis, keyspace: Keyspace, configuration: Configuration, contacts: Contacts,
        purposes: Purposes, policies: NamedPolicies,
    ) -> None:  # fmt: skip
        self._client = client
        self._keys = keyspace
        self._configuration = configuration
        self._contacts = contacts
        self._purposes = purposes
        self._policies = policies

    def enriched(self, events: Sequence[Event], named: Sequence[Named], now: datetime) -> list[Enriched]:
        """The events with what their policies and decisions know and they left out. A decision that is unknown, of
        another customer, or that offered nothing or something else fills in nothing; so does an unknown policy.
        """
        events = self._with_products(events, now)
        kinds = contacts(self._configuration.catalogue)
        asking = [event.type in kinds and names != Named() for event, names in zip(events, named, strict=True)]
        if not any(asking):
            return [Enriched(event) for event in events]
        decisions = [self._decision_of(names) if asks else None for names, asks in zip(named, asking, strict=True)]
        made = self._made(decisions)
        whose = self._contacts.surviving([event.customer_id for event in events])
        found = [_of(made, name, decision) for name, decision in zip(whose, decisions, strict=True)]
        return [
            Enriched(event) if purpose is None else self._filled(event, purpose)
            for event, purpose in zip(events, found, strict=True)
        ]

    def _with_products(self, events: Sequence[Event], now: datetime) -> list[Event]:
        """Each sale, renewal or lapse with the product of the policy that it names, where it names no product."""
        asking = {place: str(event.data["policy_id"]) for place, event in enumerate(events) if self._lacks(event)}
        named = [(events[place].customer_id, policy) for place, policy in asking.items()]
        found = dict(zip(asking, self._policies.products_of(named, now, events), strict=True))
        return [
            replace(event, data={**event.data, "product": found[place]}) if found.get(place) else event
            for place, event in enumerate(events)
        ]

    def _lacks(self, event: Event) -> bool:
        """Whether it tells of a policy by its number alone."""
        reports = event.type == CALLED and event.data.get("disposition") in (SALE, RENEWED)
        tells = reports or self._configuration.workspace.events[event.type].policy is not None
        return tells and event.data.get("product") is None and bool(event.data.get("policy_id"))

    def _decision_of(self, named: Named) -> str | None:
        """The decision that is named, by itself or by its lease."""
        if named.decision_id is not None or named.lease_id is None:
            return named.decision_id
        made = lease_purpose.find(self._client, self._keys, named.lease_id)
        return None if made is None else made.decision_id

    def _made(self, decisions: Sequence[str | None]) -> dict[str, Purpose]:
        """What the decisions of these ids were for, under the customers that survive."""
        found = self._purposes.of([name for name in dict.fromkeys(decisions) if name is not None])
        surviving = self._contacts.surviving([purpose.customer_id for purpose in found]) if found else []
        pairs = zip(found, surviving, strict=True)
        return {purpose.id: msgspec.structs.replace(purpose, customer_id=customer) for purpose, customer in pairs}

    def _filled(self, event: Event, purpose: Purpose) -> Enriched:
        fields = self._configuration.workspace.fields
        known = {name: getattr(purpose, name) for name in FILLED}
        if any(event.data.get(name, value) != value for name, value in known.items()):
            known = {}  # The caller did something else.
        known["decision_id"] = purpose.id
        added = {name: value for name, value in known.items() if name in fields and value is not None}
        call = purpose.id if purpose.kind == "claim" and event.type in CALLS else ""
        return Enriched(replace(event, data={**added, **event.data}), call)


def _of(made: Mapping[str, Purpose], customer_id: str, decision: str | None) -> Purpose | None:
    purpose = made.get(decision or "")
    return purpose if purpose is not None and purpose.customer_id == customer_id else None
