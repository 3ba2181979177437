"""Customers: what is told about them, who turns out to be the same person, and who is to be forgotten."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from features.consents import weight
from features.identity import Identity, identities_of, parse_customer_id, parse_subject
from leads.configuration.vocabulary import ALL
from leads.configuration.workspace import Workspace
from leads.errors import InvalidInput, NotFound
from leads.words.zones import zone_named
from serving.clock import microseconds
from serving.events.values import parse_tags
from serving.people.contact import Contact
from serving.people.contacts import Contacts
from serving.people.erased_customers import ErasedCustomers
from serving.people.people import People, TellingResult
from serving.people.saying import Saying


@dataclass(frozen=True)
class Word:
    """A yes or a no with its proof, None takes one away. at: when it was said; now where that is not told. by: who
    heard it. source: where. text: what was agreed to.
    """

    given: bool | None
    at: str | None = None
    by: str | None = None
    source: str | None = None
    text: str | None = None


@dataclass(frozen=True)
class Telling:
    """What a caller tells about a customer. What is not told stays as it is; a null takes it away.

    consents: by purpose, in any spelling of it, a word or one with its proof.
    """

    tags: Mapping[str, Any] = field(default_factory=dict)
    identities: Mapping[str, str | None] = field(default_factory=dict)
    consents: Mapping[str, bool | Word | None] = field(default_factory=dict)
    timezone: str | None = None


class Customers:
    """Takes in what is told of customers, and finds them under any of their names."""

    def __init__(self, workspace: Workspace, contacts: Contacts, erased: ErasedCustomers, people: People) -> None:
        self._workspace = workspace
        self._contacts = contacts
        self._erased = erased
        self._people = people

    def tell(self, customer_id: str, telling: Telling, now: datetime, by: str | None = None) -> TellingResult:
        """Take in what is told, by whom. Nothing is kept when any of it is refused (InvalidInput lists why)."""
        workspace = self._workspace
        parse_customer_id(customer_id)
        tags = parse_tags(workspace, telling.tags)
        said = _sayings(workspace, telling.consents, now)
        zone = _zone(telling.timezone)
        where = self._zone_of(customer_id) if zone is None and telling.identities.get("phone") else zone
        identities = identities_of(telling.identities, workspace.recognition, where)
        self._refuse_erased(customer_id, identities)
        news: dict[str, Any] = {f"tag:{name}": value for name, value in tags.items()}
        news |= {kind: None for kind, value in telling.identities.items() if value is None}
        news |= {identity.kind: identity.value for identity in identities}
        if zone is not None:
            news["timezone"] = zone
        return self._people.tell(customer_id, news, microseconds(now), said, by)

    def _zone_of(self, customer_id: str) -> str | None:
        """The zone that was told of a customer before."""
        reach = self._contacts.reach(self._contacts.surviving([customer_id]))[0]
        return None if reach is None else reach.timezone

    def _refuse_erased(self, customer_id: str, identities: Sequence[Identity]) -> None:
        names = {"customer_id": [customer_id], "identities": [key for identity in identities for key in identity.keys]}
        for name, texts in names.items():
            if any(self._erased.among(texts)):
                raise InvalidInput(name, "(withheld)", "this customer was erased and is not taken in again")

    def known(self, customer_id: str) -> Contact:
        """The record of a customer under any of their ids, or by an identity (`phone:…`); raises NotFound."""
        contact = self._under(customer_id) or self._under(self._owner(customer_id))
        if contact is None:
            raise NotFound("customer", customer_id)
        return contact

    def _under(self, customer_id: str | None) -> Contact | None:
        return None if customer_id is None else self._contacts.read(self._contacts.surviving([customer_id]))[0]

    def _owner(self, subject: str) -> str | None:
        """Whom an identity leads to; None for what is none, or nobody's."""
        try:
            identity = parse_subject(subject, self._workspace.recognition)
        except InvalidInput:
            return None
        return None if identity is None else self._contacts.owners([identity.key])[0]

    def all_ids(self, customer_id: str) -> list[str]:
        """The surviving id first, then those merged into it."""
        return self._contacts.members([customer_id])[0]


def _sayings(workspace: Workspace, said: Mapping[str, bool | Word | None], now: datetime) -> list[Saying]:
    """What is said of each purpose; what is said of all channels is said of each. Of two words the no counts."""
    found: dict[str, Saying] = {}
    for spelling, told in said.items():
        purpose = workspace.channel_words.read(f"consents.{spelling}", spelling)
        word = told if isinstance(told, Word) else Word(told)
        moment = None if word.at is None else workspace.bounds.happened(f"consents.{spelling}.at", word.at, now)
        at = None if moment is None else microseconds(moment)
        for name in workspace.channels if purpose == ALL else (purpose,):
            saying = Saying(name, word.given, at, word.by, word.source, word.text)
            if name not in found or weight(saying.given) > weight(found[name].given):
                found[name] = saying
    return list(found.values())


def _zone(told: str | None) -> str | None:
    """The zone that is told, as the tz database spells it."""
    zone = None if told is None else zone_named(told)
    if told is not None and zone is None:
        raise InvalidInput("timezone", told, "an IANA time zone such as Asia/Shanghai")
    return zone
