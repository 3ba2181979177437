"""Hot state anew from the lake, as it was at a moment: identities, profiles, states, and the queue."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

import numpy as np
import polars as pl

from features.history import states_at
from features.lake import latest_profiles, read_customers, read_events
from leads.errors import InvalidInput
from serving.clock import microseconds
from serving.contacts import Contact, contact_frame, contacts_of
from serving.identity import parse_identity
from serving.recorder import ERASED, MERGED, read_own
from serving.services import Services
from serving.stream import DUPLICATE_DAYS, Event

CHUNK = 2000
Progress = Callable[[int, int], None]
"""Called with how many customers are done, of how many."""

_KEPT = (
    "stream", "applied", "recorded", "seen", "decision", "decisions", "leases", "lease_ends", "held", "rest",
    "token", "erased", "idempotency",
)  # fmt: skip
"""What is not derived from the lake, and outlives a rebuild."""


@dataclass(frozen=True)
class Rebuilt:
    """What a rebuild found. `merged`: ids that turned out to be another's."""

    customers: int
    events: int
    merged: int


def is_empty(services: Services) -> bool:
    """Whether the hot store holds nothing of this home yet, or states of another layout than its configuration's."""
    held: Any = services.client.hget(services.keyspace.meta, "layout")
    return held is None or held.decode() != services.configuration.layout.digest


def rebuild(services: Services, now: datetime, progress: Progress | None = None) -> Rebuilt:
    """Forget derived state and fold it again from everything up to `now`. The stream worker must not run."""
    _clear(services)
    _apply_from_where_the_lake_ends(services)
    workspace = services.configuration.workspace
    customers, events = read_customers(services.home, now), read_events(services.home, until=now)
    contacts, merged = _unified(services, contacts_of(workspace, latest_profiles(workspace, customers)), now)
    events = events.with_columns(_renamed(events["customer_id"], merged))
    contacts = _with_strangers(contacts, events)
    _remember(services, events, merged, now)
    _write(services, contacts, events, now, progress)
    stamp = {"rebuilt_at": str(microseconds(now)), "layout": services.configuration.layout.digest}
    services.client.hset(services.keyspace.meta, mapping=stamp)
    return Rebuilt(len(contacts), len(events), len(merged))


def _clear(services: Services) -> None:
    prefix = f"{services.keyspace.prefix}:"
    kept = tuple(f"{prefix}{name}" for name in _KEPT)
    for key in services.client.scan_iter(f"{prefix}*", count=5000):
        if not key.decode().startswith(kept):
            services.client.unlink(key)


def _apply_from_where_the_lake_ends(services: Services) -> None:
    """What was applied and never recorded is not in the lake: the worker applies it once more."""
    recorded = services.client.hgetall(services.keyspace.recorded)
    if services.settings.record and recorded:
        services.client.hset(services.keyspace.applied, mapping=recorded)  # type: ignore[arg-type]


def _unified(services: Services, found: Sequence[Contact], now: datetime) -> tuple[dict[str, Contact], dict[str, str]]:
    """Contacts with normalised identities, one for each person, and whom the other ids were merged into."""
    own = read_own(services.home, MERGED).filter(pl.col("time") <= now)
    merged = {row["customer_id"]: json.loads(row["data"])["into"] for row in own.iter_rows(named=True)}
    owners: dict[str, str] = {}
    contacts: dict[str, Contact] = {}
    for contact in (_normalised(contact, services.configuration.workspace.timezone) for contact in found):
        target = _final(merged, contact.customer_id)
        for identity in contact.identities:
            owner = _final(merged, owners.setdefault(identity.key, target))
            if owner != target:
                merged[target], target = owner, owner
        for candidate in {contact.customer_id, *(_final(merged, owners[i.key]) for i in contact.identities)}:
            if candidate != target and candidate in contacts:
                contact = contacts.pop(candidate).joined(contact)
        standing = contacts.get(target)
        kept = replace(contact, customer_id=target)
        contacts[target] = kept if standing is None else standing.joined(kept)
    return contacts, {customer_id: _final(merged, customer_id) for customer_id in merged}


def _final(merged: dict[str, str], customer_id: str) -> str:
    while customer_id in merged:
        customer_id = merged[customer_id]
    return customer_id


def _normalised(contact: Contact, timezone: str) -> Contact:
    """With identities in their normal form; what cannot be one is dropped."""
    values: dict[str, str | None] = {}
    for kind in ("phone", "wechat", "email"):
        text = getattr(contact, kind)
        try:
            values[kind] = parse_identity(kind, text, contact.timezone or timezone).value if text else None
        except InvalidInput:
            values[kind] = None
    return replace(contact, **values)  # type: ignore[arg-type]


def _renamed(customer_ids: pl.Series, merged: dict[str, str]) -> pl.Series:
    return customer_ids.replace(merged) if merged else customer_ids


def _with_strangers(contacts: dict[str, Contact], events: pl.DataFrame) -> dict[str, Contact]:
    """Those who are known by their events alone get an empty record as of their first event."""
    first = events.group_by("customer_id").agg(pl.col("time").min().to_physical())
    strangers = {
        customer_id: Contact(customer_id, at) for customer_id, at in first.rows() if customer_id not in contacts
    }
    return contacts | dict(sorted(strangers.items()))


def _remember(services: Services, events: pl.DataFrame, merged: dict[str, str], now: datetime) -> None:
    """Recent events are duplicates when sent again, the erased stay so, merged ids lead to the survivor."""
    recent = events.filter(pl.col("time") > now - timedelta(days=DUPLICATE_DAYS))
    pipeline = services.client.pipeline(transaction=False)
    today = microseconds(now) // 86_400_000_000
    for event_id, source in recent.select("id", "source").iter_rows():
        pipeline.sadd(services.keyspace.seen(today), Event(event_id, source, "", "", 0, {}).digest)
    for row in read_own(services.home, ERASED).iter_rows(named=True):
        pipeline.sadd(services.keyspace.erased, *json.loads(row["data"])["digests"])
    if merged:
        pipeline.hset(services.keyspace.merged, mapping=merged)
    pipeline.execute()


def _write(
    services: Services,
    contacts: dict[str, Contact],
    events: pl.DataFrame,
    now: datetime,
    progress: Progress | None,
) -> None:
    configuration = services.configuration
    layout, workspace = configuration.layout, configuration.workspace
    everyone = list(contacts)
    customers = pl.Series("customer_id", everyone, dtype=pl.String)
    interactions = states_at(workspace, layout.interactions, customers, events)
    standing = states_at(workspace, layout.standing, customers, events)
    last = dict(events.group_by("customer_id").agg(pl.col("time").max().to_physical().cast(pl.Float64)).rows())
    at = np.array([last.get(customer_id, np.nan) for customer_id in everyone])
    for start in range(0, len(everyone), CHUNK):
        ids = everyone[start : start + CHUNK]
        rows = slice(start, start + len(ids))
        told = [contacts[customer_id] for customer_id in ids]
        with services.client.pipeline(transaction=False) as pipeline:
            services.contacts.write(pipeline, told)
            services.hot.write_profiles(pipeline, contact_frame(workspace, told))
            services.hot.write_states(pipeline, ids, interactions[rows], standing[rows], at[rows])
            pipeline.execute()
        services.application.rescore(ids, now)
        if progress is not None:
            progress(start + len(ids), len(everyone))
