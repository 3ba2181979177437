"""Entries as rows of the lake: declared events, customer records, and the product's own events."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import polars as pl

from features import own_events
from features.lake import ARRIVED
from features.own_events import CHANGED, ERASED, SET_ASIDE
from leads.configuration.workspace import Workspace
from leads.errors import InvalidInput
from leads.history import TIME
from serving.events.stream import UNREADABLE, Entry, Event
from serving.events.values import check_calendar, check_typed
from serving.people.contact import Contact
from serving.people.contact_frames import record_frame

_FIXED = ("id", "source", "type", "customer_id", "time")


@dataclass(frozen=True)
class Rows:
    """What the lake keeps of some entries. events: the declared ones, in their order, with their place of arrival."""

    events: pl.DataFrame
    customers: pl.DataFrame
    own: pl.DataFrame


def rows_of(workspace: Workspace, entries: Sequence[Entry]) -> Rows:
    """The rows of entries. Raises InvalidInput, which repeats no value, for one that cannot be read, that does not say
    what its type tells, or that is of a time that there is not.
    """
    for entry in entries:
        _require_sound(workspace, entry.event)
    declared = [entry for entry in entries if entry.event.type in workspace.events]
    changed = [_contact(entry.event) for entry in entries if entry.event.type == CHANGED]
    own = [entry for entry in entries if entry.event.type not in workspace.events and entry.event.type != CHANGED]
    events = event_frame(workspace, [entry.event for entry in declared]).with_columns(_arrivals(declared))
    customers = record_frame(workspace, changed) if changed else pl.DataFrame()
    _require_calendar(customers)
    return Rows(events, customers, _own_frame(own))


def _require_sound(workspace: Workspace, event: Event) -> None:
    if event.type == UNREADABLE:
        raise InvalidInput("event", "(withheld)", "cannot be read")
    names = {"id": event.id, "source": event.source}
    check_calendar("time", event.time)
    own_events.check_names(names if event.type == SET_ASIDE else {**names, "customer_id": event.customer_id})
    if event.type in workspace.events:
        check_typed(workspace, event.data)
    elif own_events.is_own(event.type):
        own_events.check(event.type, event.customer_id, event.data)
    else:
        raise InvalidInput("type", "(withheld)", "is not declared")


def _contact(event: Event) -> Contact:
    """The record that a change tells. Raises InvalidInput for one of somebody else."""
    contact = own_events.shaped(event.data["contact"], Contact)
    if contact.customer_id != event.customer_id:
        raise InvalidInput("customer_id", "(withheld)", "is not that of the record")
    check_calendar("at", contact.at)
    return contact


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
            told = frame[name].drop_nulls().to_physical()
            for at in (told.min(), told.max()):
                if isinstance(at, int):
                    check_calendar(name, at)


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
    return str(event.data["name"]) if event.type == ERASED else event.customer_id


def decision_frame(texts: Sequence[str]) -> pl.DataFrame:
    """Decisions as the lake keeps them, from their documents; what reports count stands in columns of its own, so that
    nobody reads a document of some thirty thousand bytes for the name of an arm.
    """
    documents = [json.loads(text) for text in texts]
    named = {name: [document.get(name) for document in documents] for name in TOLD_OF_DECISIONS}
    return pl.DataFrame(
        {
            "id": [document["id"] for document in documents],
            "customer_id": [document["customer_id"] for document in documents],
            "time": pl.Series([datetime.fromisoformat(document["at"]) for document in documents]).cast(TIME),
            "document": texts,
            **named,
            "chosen": [len(document.get("chosen") or ()) for document in documents],
        },
        schema_overrides=dict.fromkeys(named, pl.String()) | {"chosen": pl.Int64()},
    )


TOLD_OF_DECISIONS = ("kind", "arm", "catalogue", "workspace")
"""Texts of a decision that stand in columns of the lake; beside them `chosen`, how many actions were offered."""
