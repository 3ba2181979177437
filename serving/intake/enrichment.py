"""What a call or message was for: filled in from the decision that its event names, and a lease's call counted once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import redis

from features.configuration import Configuration
from leads.actions.catalogue import Catalogue
from serving.decisions.ledger import Ledger
from serving.events.stream import Event
from serving.people.contacts import Contacts
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
        ledger: Ledger,
    ) -> None:  # fmt: skip
        self._client = client
        self._keys = keyspace
        self._configuration = configuration
        self._contacts = contacts
        self._ledger = ledger

    def enriched(self, events: Sequence[Event], named: Sequence[Named]) -> list[Enriched]:
        """The events with what their decisions know and they left out. A decision that is unknown, of another customer,
        or that offered nothing or something else fills in nothing.
        """
        kinds = contacts(self._configuration.catalogue)
        asking = [event.type in kinds and names != Named() for event, names in zip(events, named, strict=True)]
        if not any(asking):
            return [Enriched(event) for event in events]
        decisions = [self._decision_of(names) if asks else None for names, asks in zip(named, asking, strict=True)]
        made = self._made(decisions)
        whose = self._contacts.surviving([event.customer_id for event in events])
        found = [_of(made, name, decision) for name, decision in zip(whose, decisions, strict=True)]
        return [
            Enriched(event) if document is None else self._filled(event, document)
            for event, document in zip(events, found, strict=True)
        ]

    def _decision_of(self, named: Named) -> str | None:
        """The decision that is named, by itself or by its lease."""
        if named.decision_id is not None or named.lease_id is None:
            return named.decision_id
        made = lease_purpose.find(self._client, self._keys, named.lease_id)
        return None if made is None else made.decision_id

    def _made(self, decisions: Sequence[str | None]) -> dict[str, dict[str, Any]]:
        """The decisions of these ids, under the customers that survive."""
        found = self._ledger.recent([name for name in dict.fromkeys(decisions) if name is not None])
        surviving = self._contacts.surviving([document["customer_id"] for document in found]) if found else []
        pairs = zip(found, surviving, strict=True)
        return {document["id"]: document | {"customer_id": customer} for document, customer in pairs}

    def _filled(self, event: Event, document: Mapping[str, Any]) -> Enriched:
        fields, offer = self._configuration.workspace.fields, document["chosen"][0]
        known = {name: offer[name] for name in FILLED}
        if any(event.data.get(name, value) != value for name, value in known.items()):
            known = {}  # The caller did something else.
        known["decision_id"] = document["id"]
        added = {name: value for name, value in known.items() if name in fields and value is not None}
        call = document["id"] if document["kind"] == "claim" and event.type in CALLS else ""
        return Enriched(replace(event, data={**added, **event.data}), call)


def _of(made: Mapping[str, dict[str, Any]], customer_id: str, decision: str | None) -> dict[str, Any] | None:
    document = made.get(decision or "")
    mine = document is not None and document["customer_id"] == customer_id and document["chosen"]
    return document if mine else None
