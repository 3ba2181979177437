"""Entries as rows of the lake: declared events, customer records, and the product's own events."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import polars as pl

from features.digest import digest_of
from features.lake import ARRIVED, CHANGED, ERASED, MERGED, UNMERGED
from leads.configuration.workspace import Workspace
from leads.errors import InvalidInput
from leads.history import TIME
from serving.clock import microseconds
from serving.events.stream import UNREADABLE, Entry, Event
from serving.people.contact import Contact
from serving.people.contact_frames import record_frame

_OWN = ("customer.", "decision.", "event.", "lead.", "lease.")
"""How the types of the product's own events begin."""

_FIXED = ("id", "source", "type", "customer_id", "time")

_FIRST, _LAST = (microseconds(datetime(year, 1, 1, tzinfo=UTC)) for year in (1, 9999))
"""Times that the lake can keep: with room for a time zone at both ends of the calendar."""


@dataclass(frozen=True)
class Rows:
    """What the lake keeps of some entries. events: the declared ones, in their order, with their place of arrival."""

    events: pl.DataFrame
    customers: pl.DataFrame
    own: pl.DataFrame


def rows_of(workspace: Workspace, entries: Sequence[Entry]) -> Rows:
    """The rows of entries. Raises whatever says that one of them cannot be kept: InvalidInput for one that cannot be
    read or is of a time that there is not, KeyError or TypeError for an own one that lacks something.
    """
    for entry in entries:
        _require_known(workspace, entry.event)
    declared = [entry for entry in entries if entry.event.type in workspace.events]
    changed = [Contact(**entry.event.data["contact"]) for entry in entries if entry.event.type == CHANGED]
    own = [entry for entry in entries if entry.event.type not in workspace.events and entry.event.type != CHANGED]
    events = event_frame(workspace, [entry.event for entry in declared]).with_columns(_arrivals(declared))
    rows = Rows(events, record_frame(workspace, changed) if changed else pl.DataFrame(), _own_frame(own))
    for frame in (rows.events, rows.customers, rows.own):
        _require_calendar(frame)
    return rows


def _require_known(workspace: Workspace, event: Event) -> None:
    if event.type == UNREADABLE:
        raise InvalidInput("event", "(withheld)", "cannot be read")
    if event.type not in workspace.events and not event.type.startswith(_OWN):
        raise InvalidInput("type", "(withheld)", "is not declared")
    if event.type == MERGED and event.data["into"] in ("", event.customer_id):
        raise InvalidInput("into", "(withheld)", "another customer")
    if event.type == UNMERGED and not event.data["from"]:
        raise InvalidInput("from", "(withheld)", "the customer that it was merged with")


def event_frame(workspace: Workspace, events: Sequence[Event]) -> pl.DataFrame:
    """Events in the schema of the events frame; times among the data are microseconds."""
    columns = []
    told = {name for event in events for name in event.data}
    for name, dtype in workspace.event_schema.items():
        if name in _FIXED:
            values = [getattr(event, name) for event in events]
        elif name not in told:
            columns.append(pl.repeat(None, len(events), dtype=dtype, eager=True).alias(name))
            continue
        else:
            values = [event.data.get(name) for event in events]
        if dtype.is_temporal():
            columns.append(pl.Series(name, values, dtype=pl.Int64).cast(dtype))
        else:
            columns.append(pl.Series(name, values, dtype=dtype, strict=False))
    return pl.DataFrame(columns)


def _require_calendar(frame: pl.DataFrame) -> None:
    for name, dtype in frame.schema.items():
        if dtype.is_temporal():
            told = frame[name].to_physical()
            least, most = told.min(), told.max()
            if isinstance(least, int) and isinstance(most, int) and not (least >= _FIRST and most <= _LAST):
                raise InvalidInput(name, "(withheld)", "not a time between the years 1 and 9999")


def _arrivals(entries: Sequence[Entry]) -> pl.Series:
    return pl.Series(ARRIVED, [entry.arrived for entry in entries], dtype=pl.Int64)


def _own_frame(entries: Sequence[Entry]) -> pl.DataFrame:
    events = [entry.event for entry in entries]
    rows = [(e.id, e.source, e.type, _kept_id(e), e.time, json.dumps(dict(e.data))) for e in events]
    schema: dict[str, Any] = dict.fromkeys(("id", "source", "type", "customer_id"), pl.String())
    frame = pl.DataFrame(rows, schema=schema | {"time": pl.Int64(), "data": pl.String()}, orient="row")
    return frame.with_columns(pl.col("time").cast(TIME), _arrivals(entries))


def _kept_id(event: Event) -> str:
    """A tombstone outlives the customer's rows, and names nobody."""
    if event.type != ERASED:
        return event.customer_id
    if not isinstance(event.data["digests"], list):
        raise InvalidInput("digests", "(withheld)", "a list of digests")
    return digest_of(event.customer_id)


def decision_frame(texts: Sequence[str]) -> pl.DataFrame:
    """Decisions as the lake keeps them, from their documents."""
    documents = [json.loads(text) for text in texts]
    return pl.DataFrame(
        {
            "id": [document["id"] for document in documents],
            "customer_id": [document["customer_id"] for document in documents],
            "time": pl.Series([datetime.fromisoformat(document["at"]) for document in documents]).cast(TIME),
            "document": texts,
        }
    )
