"""Last records: what each customer told last, as the lake has it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

import polars as pl

from features import spans as spanning
from features.consents import last_words
from features.home import Home
from features.identity import identity_key, key_of
from features.lake import read_records
from leads.configuration.recognition import Recognition
from leads.history import IDENTITIES
from serving.people.contact import Contact
from serving.people.contact_frames import contacts_of


def last_records(home: Home, now: datetime | None) -> list[Contact]:
    """Each customer's newest record by `now` (None: of all), identities in their normal form, in the order in which
    they were told.
    """
    workspace = home.configuration.workspace
    records = last_words(workspace.purposes, read_records(home, now).sort("at", maintain_order=True))
    latest = (
        spanning.with_beginnings(records)
        .unique("customer_id", keep="last", maintain_order=True)
        .sort("at", "customer_id")
    )
    return [normalised(contact, workspace.recognition) for contact in contacts_of(workspace, latest)]


def normalised(contact: Contact, recognition: Recognition) -> Contact:
    """With identities in their normal form, in which versions before may not have kept them; what cannot be one is
    dropped.
    """
    keys = {kind: identity_key(kind, getattr(contact, kind), recognition, contact.timezone) for kind in IDENTITIES}
    values: dict[str, Any] = {kind: None if key is None else key.removeprefix(f"{kind}:") for kind, key in keys.items()}
    own = {*keys.values()}
    others = {key for known in contact.known_as if (key := key_of(known, recognition)) is not None}
    spans = spanning.normalised(contact.spans, recognition)
    return replace(contact, **values, known_as=tuple(sorted(others - own)), spans=spans)


def with_strangers(told: Sequence[Contact], events: pl.DataFrame) -> list[Contact]:
    """Those who are known by their events alone get an empty record as of the event that came first."""
    known = {contact.customer_id for contact in told}
    first = events.group_by("customer_id", maintain_order=True).agg(pl.col("time").first().to_physical())
    return [*told, *(Contact(name, at) for name, at in sorted(first.rows()) if name not in known)]
