"""Customers: what is told about them, who turns out to be the same person, and who is to be forgotten."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from features.consents import weight
from features.identity import Identity, identities_of, parse_customer_id, parse_subject
from features.lake import ERASED
from leads.errors import InvalidInput, NotFound
from leads.vocabulary import ALL
from leads.workspace import Workspace
from leads.zones import zone_named
from serving.clock import microseconds
from serving.digest import digest_of
from serving.events import timeline
from serving.events.values import parse_tags
from serving.people.contacts import Contact
from serving.people.people import Told
from serving.people.settling import own_event
from serving.services import Services


@dataclass(frozen=True)
class Telling:
    """What a caller tells about a customer. What is not told stays as it is; a null takes it away."""

    tags: Mapping[str, Any] = field(default_factory=dict)
    identities: Mapping[str, str | None] = field(default_factory=dict)
    consents: Mapping[str, bool | None] = field(default_factory=dict)
    timezone: str | None = None


def tell(services: Services, customer_id: str, telling: Telling, now: datetime) -> Told:
    """Take in what is told. Nothing is kept when any of it is refused (InvalidInput lists why)."""
    workspace = services.configuration.workspace
    parse_customer_id(customer_id)
    tags = parse_tags(workspace, telling.tags)
    consents = _consents(workspace, telling.consents)
    zone = _zone(telling.timezone)
    where = _zone_of(services, customer_id) if zone is None and telling.identities.get("phone") else zone
    identities = identities_of(telling.identities, workspace.recognition, where)
    _refuse_erased(services, customer_id, identities)
    news: dict[str, Any] = {f"tag:{name}": value for name, value in tags.items()}
    news |= {f"consent:{channel}": given for channel, given in consents.items()}
    news |= {kind: None for kind, value in telling.identities.items() if value is None}
    news |= {identity.kind: identity.value for identity in identities}
    if zone is not None:
        news["timezone"] = zone
    return services.people.tell(customer_id, news, microseconds(now))


def _consents(workspace: Workspace, said: Mapping[str, bool | None]) -> dict[str, bool | None]:
    """By channel; what is said of all of them is said of each. Of two words of one channel the no counts."""
    found: dict[str, bool | None] = {}
    for spelling, given in said.items():
        channel = workspace.channel_words.read(f"consents.{spelling}", spelling)
        for name in workspace.channels if channel == ALL else (channel,):
            if name not in found or weight(given) > weight(found[name]):
                found[name] = given
    return found


def _zone(told: str | None) -> str | None:
    """The zone that is told, as the tz database spells it."""
    zone = None if told is None else zone_named(told)
    if told is not None and zone is None:
        raise InvalidInput("timezone", told, "an IANA time zone such as Asia/Shanghai")
    return zone


def _zone_of(services: Services, customer_id: str) -> str | None:
    """The zone that was told of a customer before."""
    reach = services.contacts.reach(services.contacts.surviving([customer_id]))[0]
    return None if reach is None else reach.timezone


def _refuse_erased(services: Services, customer_id: str, identities: Sequence[Identity]) -> None:
    names = {"customer_id": [customer_id], "identities": [key for identity in identities for key in identity.keys]}
    for name, texts in names.items():
        if any(services.contacts.erased([digest_of(text) for text in texts])):
            raise InvalidInput(name, "(withheld)", "this customer was erased and is not taken in again")


def known(services: Services, customer_id: str) -> Contact:
    """The record of a customer under any of their ids, or by an identity (`phone:…`); raises NotFound."""
    contact = _under(services, customer_id) or _under(services, _owner(services, customer_id))
    if contact is None:
        raise NotFound("customer", customer_id)
    return contact


def _under(services: Services, customer_id: str | None) -> Contact | None:
    return None if customer_id is None else services.contacts.read(services.contacts.surviving([customer_id]))[0]


def _owner(services: Services, subject: str) -> str | None:
    """Whom an identity leads to; None for what is none, or nobody's."""
    try:
        identity = parse_subject(subject, services.configuration.workspace.recognition)
    except InvalidInput:
        return None
    return None if identity is None else services.contacts.owners([identity.key])[0]


def all_ids(services: Services, customer_id: str) -> list[str]:
    """The surviving id first, then those merged into it."""
    return services.contacts.members([customer_id])[0]


def erase(services: Services, customer_id: str, now: datetime) -> bool:
    """Forget a customer, and see that they stay forgotten. True once the lake has forgotten them too.

    The hot state forgets at once. The recorder cleans the lake; this waits for it as long as a caller may wait.
    """
    contact = known(services, customer_id)
    ids = all_ids(services, contact.customer_id)
    services.people.change(lambda pipeline: _forget(services, pipeline, contact, ids, now))
    return _lake_forgot(services, ids)


def _forget(services: Services, pipeline: Any, contact: Contact, ids: Sequence[str], now: datetime) -> None:
    keys, client = services.keyspace, services.client
    decisions = [keys.decision(name) for name in timeline.decisions_of(client, keys, contact.customer_id)]
    own, _ = services.contacts.own(ids)
    known = sorted({*contact.keys, *(key for record in own.values() for key in record.keys)})
    digests = [digest_of(text) for text in (*ids, *services.contacts.alone(known, ids))]
    ever = sorted({key for record in own.values() for key in (*record.keys, *record.tellings)})
    phones = [key.removeprefix("phone:") for key in ever if key.startswith("phone:")]
    numbers = services.contacts.numbers.resting(phones)
    services.people.forget(pipeline, ids, microseconds(now))
    pipeline.sadd(keys.erased, *digests)
    pipeline.sadd(keys.erasing, *ids)
    for other in ids:
        services.hot.erase(pipeline, other)
        pipeline.delete(keys.timeline(other), *decisions)
        services.queue.forget(other, now, pipeline)
        told = {"digests": digests, "numbers": numbers}
        services.stream.add(pipeline, own_event(ERASED, other, told, microseconds(now)))


def _lake_forgot(services: Services, ids: Sequence[str]) -> bool:
    digests = [digest_of(customer_id) for customer_id in ids]
    deadline = time.monotonic() + services.settings.wait_bound.total_seconds()
    key = services.keyspace.lake_erased
    while time.monotonic() < deadline:
        if all(services.client.smismember(key, digests)):  # type: ignore[arg-type]
            services.client.srem(key, *digests)
            return True
        time.sleep(0.02)
    return False
