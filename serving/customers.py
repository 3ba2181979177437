"""Customers: what is told about them, who turns out to be the same person, and who is to be forgotten."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime
from typing import Any
from uuid import uuid4
from zoneinfo import ZoneInfo

from leads.errors import InvalidInput, NotFound
from leads.workspace import Workspace
from serving import timeline
from serving.clock import microseconds
from serving.contacts import Contact, contact_frame
from serving.digest import digest_of
from serving.identity import identities_of
from serving.recorder import CHANGED, ERASED, MERGED
from serving.services import Services
from serving.stream import Event
from serving.values import parse_tags

SOURCE = "nextlead/customers"


@dataclass(frozen=True)
class Telling:
    """What a caller tells about a customer. What is not told stays as it is; a null takes it away."""

    tags: Mapping[str, Any] = field(default_factory=dict)
    identities: Mapping[str, str | None] = field(default_factory=dict)
    consents: Mapping[str, bool | None] = field(default_factory=dict)
    timezone: str | None = None


@dataclass(frozen=True)
class Told:
    """What became of it: the id under which the customer is kept, and the ids that were merged into it."""

    customer_id: str
    merged: tuple[str, ...]
    created: bool


def tell(services: Services, customer_id: str, telling: Telling, now: datetime) -> Told:
    """Take in what is told. Nothing is kept when any of it is refused (InvalidInput lists why)."""
    workspace = services.configuration.workspace
    tags = parse_tags(workspace, telling.tags)
    _check(workspace, telling)
    identities = identities_of(telling.identities, telling.timezone or workspace.timezone)
    _refuse_erased(services, customer_id, [identity.key for identity in identities])
    owners = services.contacts.owners([identity.key for identity in identities])
    ids = services.contacts.surviving([*dict.fromkeys(filter(None, owners)), customer_id])
    people = list(dict.fromkeys(ids))
    standing = [contact for contact in services.contacts.read(people) if contact is not None]
    into = min(standing, key=lambda c: (c.at, c.customer_id)).customer_id if standing else people[-1]
    given = {identity.kind: identity.value for identity in identities}
    news = _news(into, tags, given, telling, now)
    contact = _joined(standing, into, news, telling)
    merged = tuple(dict.fromkeys(other for other in (*people, customer_id) if other != into))
    fresh = tuple(other for other in merged if other in people)
    _write(services, contact, fresh, customer_id, now)
    return Told(into, merged, not standing)


def _news(into: str, tags: dict[str, Any], given: dict[str, str], telling: Telling, now: datetime) -> Contact:
    told = {name: value for name, value in tags.items() if value is not None}
    consents = {channel: value for channel, value in telling.consents.items() if value is not None}
    zone = telling.timezone
    return Contact(into, microseconds(now), told, timezone=zone, consents=consents, **given)


def _joined(standing: Sequence[Contact], into: str, news: Contact, telling: Telling) -> Contact:
    """All that is known of the person, what is told now above all, without what was taken away."""
    contact = Contact(into, 0)
    for known in sorted(standing, key=lambda c: c.at):
        contact = contact.joined(known)
    contact = contact.joined(news)
    gone: dict[str, Any] = {kind: None for kind, value in telling.identities.items() if value is None}
    return replace(
        contact,
        at=news.at,
        tags={name: value for name, value in contact.tags.items() if telling.tags.get(name, value) is not None},
        consents={c: v for c, v in contact.consents.items() if telling.consents.get(c, v) is not None},
        **gone,
    )


def _check(workspace: Workspace, telling: Telling) -> None:
    for channel in telling.consents:
        if channel not in workspace.channels:
            raise InvalidInput(f"consents.{channel}", channel, f"one of {', '.join(workspace.channels)}")
    if telling.timezone is not None:
        try:
            ZoneInfo(telling.timezone)
        except (KeyError, ValueError, OSError) as error:
            raise InvalidInput("timezone", telling.timezone, "an IANA time zone such as Asia/Shanghai") from error


def _refuse_erased(services: Services, customer_id: str, identities: Sequence[str]) -> None:
    names = ["customer_id", *("identities" for _ in identities)]
    for name, gone in zip(
        names, services.contacts.erased([digest_of(text) for text in (customer_id, *identities)]), strict=True
    ):
        if gone:
            raise InvalidInput(name, "(withheld)", "this customer was erased and is not taken in again")


def _write(services: Services, contact: Contact, merged: Sequence[str], asked: str, now: datetime) -> None:
    """Record, index and events in one transaction: the worker rescores, and joins what was apart."""
    keys = services.keyspace
    with services.client.pipeline(transaction=True) as pipeline:
        services.contacts.write(pipeline, [contact])
        services.hot.write_profiles(pipeline, contact_frame(services.configuration.workspace, [contact]))
        for other in merged:
            pipeline.hset(keys.merged, other, contact.customer_id)
            pipeline.hdel(keys.contacts, other)
            event = _own(MERGED, other, {"into": contact.customer_id}, now)
            services.stream.add(pipeline, event)
        services.stream.add(pipeline, _own(CHANGED, contact.customer_id, {"contact": asdict(contact)}, now))
        pipeline.execute()


def _own(kind: str, customer_id: str, data: Mapping[str, Any], now: datetime) -> Event:
    return Event(uuid4().hex, SOURCE, kind, customer_id, microseconds(now), data)


def known(services: Services, customer_id: str) -> Contact:
    """The record of a customer under any of their ids; raises NotFound."""
    surviving = services.contacts.surviving([customer_id])
    contact = services.contacts.read(surviving)[0]
    if contact is None:
        raise NotFound("customer", customer_id)
    return contact


def all_ids(services: Services, customer_id: str) -> list[str]:
    """The surviving id first, then those merged into it."""
    found: dict[bytes, bytes] = services.client.hgetall(services.keyspace.merged)  # type: ignore[assignment]
    ids = [customer_id]
    for current in ids:
        ids += [old.decode() for old, into in found.items() if into.decode() == current]
    return ids


def erase(services: Services, customer_id: str, now: datetime) -> bool:
    """Forget a customer, and see that they stay forgotten. True once the lake has forgotten them too.

    The hot state forgets at once. The worker cleans the lake; this waits for it as long as a caller may wait.
    """
    contact = known(services, customer_id)
    keys, client = services.keyspace, services.client
    ids = all_ids(services, contact.customer_id)
    decisions = [keys.decision(name) for name in timeline.decisions_of(client, keys, contact.customer_id)]
    digests = [digest_of(text) for text in (*ids, *(identity.key for identity in contact.identities))]
    with client.pipeline(transaction=True) as pipeline:
        pipeline.sadd(keys.erased, *digests)
        pipeline.hdel(keys.contacts, *ids)
        for identity in contact.identities:
            pipeline.hdel(keys.identities, identity.key)
        for other in ids:
            services.hot.erase(pipeline, other)
            pipeline.delete(keys.timeline(other), *decisions)
            services.queue.forget(other, now, pipeline)
            services.stream.add(pipeline, _own(ERASED, other, {"digests": digests}, now))
        pipeline.execute()
    return _lake_forgot(services, ids)


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
