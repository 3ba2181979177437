"""Contact records as frames: as features read them, and as the lake keeps them."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import polars as pl

from features import spans as spanning
from features.consents import column, said_of, time_column
from leads.configuration.workspace import Workspace
from serving.people.contact import CONSENT, Contact


def contact_frame(workspace: Workspace, contacts: Iterable[Contact]) -> pl.DataFrame:
    """The contacts in the schema of the customers frame, with the times of consents; what was not told is null."""
    rows = [contact.row() for contact in contacts]
    schema = workspace.customer_schema | {time_column(channel): pl.Float64() for channel in workspace.purposes}
    columns = []
    for name, dtype in schema.items():
        values = [row.get(name) for row in rows]
        if dtype.is_temporal():
            columns.append(pl.Series(name, values, dtype=pl.Int64).cast(dtype))
        else:
            columns.append(pl.Series(name, values, dtype=dtype, strict=False))
    return pl.DataFrame(columns)


def record_frame(workspace: Workspace, contacts: Sequence[Contact]) -> pl.DataFrame:
    """The contacts as the lake keeps them: the customers frame, and what only a contact knows, times included."""
    more = {
        "known_as": pl.Series([list(contact.known_as) for contact in contacts], dtype=pl.List(pl.String())),
        "said": pl.Series([json.dumps(dict(contact.said)) for contact in contacts], dtype=pl.String()),
        "spans": pl.Series([spanning.written(contact.spans) for contact in contacts], dtype=pl.String()),
    }
    return contact_frame(workspace, contacts).select(*workspace.customer_schema).with_columns(**more)


def contacts_of(workspace: Workspace, customers: pl.DataFrame) -> list[Contact]:
    """Contacts from the lake's customer records with their last words on consents, identities as they stand there."""
    tags, channels = list(workspace.tags), workspace.purposes
    frame = customers.with_columns(pl.col(name).to_physical() for name in ("at", *_times(workspace)))
    found = []
    for row in frame.iter_rows(named=True):
        consents = {c: row[column(c)] for c in channels if row[column(c)] is not None}
        values = {name: row[name] for name in tags if row[name] is not None}
        known = {name: row[name] or None for name in ("phone", "wechat", "email", "timezone")}
        said = _said_of(channels, row) | spanning.said_with(row)
        known_as, spans = tuple(row.get("known_as") or ()), spanning.read(row.get("spans"))
        found.append(
            Contact(
                row["customer_id"],
                row["at"],
                values,
                consents=consents,
                known_as=known_as,
                said=said,
                spans=spans,
                **known,
            )
        )
    return found


def _said_of(channels: Sequence[str], row: Mapping[str, Any]) -> dict[str, int]:
    """When the fields of a record were told, where that was before it or they were taken away."""
    said = {name: at for name, at in json.loads(row["said"] or "{}").items() if not name.startswith(CONSENT)}
    words = said_of(channels, row)
    with_it = {f"{CONSENT}{channel}" for channel in channels if row[column(channel)] is not None}
    return said | {name: at for name, at in words.items() if at != row["at"] or name not in with_it}


def _times(workspace: Workspace) -> list[str]:
    return [tag.name for tag in workspace.tags.values() if tag.type == "time"]
