"""Effects: what events change where they are live, by what kind of change they are."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any, Protocol

import polars as pl

from features.own_events import ERASED, MERGED, UNMERGED
from leads.configuration.workspace import Workspace
from serving.events.outbox import Outbox
from serving.events.stream import Event
from serving.events.timeline import HotTimelines
from serving.people.contacts import Contacts
from serving.people.erased_customers import ErasedCustomers
from serving.queue.queued_people import QueuedPeople
from serving.store.forgetting import forget
from serving.store.keyspace import Keyspace

APART = (MERGED, UNMERGED, ERASED)
"""Own events that change who is who: they are applied by themselves."""


class Change(Protocol):
    """What follows from events of one kind."""

    def queue(self, pipeline: Any, came: Sequence[tuple[str, Event]], rows: pl.DataFrame, now: datetime) -> None:
        """Queue it up: reads come before, on keys that are watched, and `multi` between. came: events with the ids that
        survive. rows: of the declared ones.
        """


class Forgetting:
    """What follows from an erasure: whatever a batch in hand wrote meanwhile goes too."""

    def __init__(self, keyspace: Keyspace, queued_people: QueuedPeople) -> None:
        self._keys = keyspace
        self._queued_people = queued_people

    def queue(self, pipeline: Any, customer_id: str, now: datetime) -> None:
        pipeline.multi()
        self._queued_people.forget(customer_id, now, pipeline)
        forget(pipeline, self._keys, [customer_id])


class Effects:
    """Queues up what events change, and that they are told of: in timelines, and to whom asked to hear of them.

    changes: by the type of own events that change who is who, and None for all others.
    """

    def __init__(
        self, workspace: Workspace, contacts: Contacts, erased: ErasedCustomers, timelines: HotTimelines,
        outbox: Outbox, forgetting: Forgetting, changes: Mapping[str | None, Change],
    ) -> None:  # fmt: skip
        self._workspace = workspace
        self._contacts = contacts
        self._erased = erased
        self._timelines = timelines
        self._outbox = outbox
        self._forgetting = forgetting
        self._changes = changes

    def queue(self, pipeline: Any, events: Sequence[Event], rows: pl.DataFrame, now: datetime) -> None:
        """Queue up what events of one kind change; reads come before, on keys that are watched. rows: of the declared
        ones.
        """
        kind = events[0].type
        if kind == ERASED:
            self._forgetting.queue(pipeline, events[0].customer_id, now)
            self._outbox.add(pipeline, events)
            return
        came, rows = self._current(events, rows)
        self._changes[kind if kind in APART else None].queue(pipeline, came, rows, now)
        self._timelines.add(pipeline, came)
        told = [event if name == event.customer_id else replace(event, customer_id=name) for name, event in came]
        self._outbox.add(pipeline, told)

    def _current(self, events: Sequence[Event], rows: pl.DataFrame) -> tuple[list[tuple[str, Event]], pl.DataFrame]:
        """The events with the ids that survive, without those of the erased; and the rows of the declared ones."""
        ids = [event.customer_id for event in events]
        erased = self._erased.among(ids)
        current = list(zip(self._contacts.surviving(ids), events, strict=True))
        if not any(erased):
            return current, rows
        declared = self._workspace.events
        kept = [not gone for event, gone in zip(events, erased, strict=True) if event.type in declared]
        there = [told for told, gone in zip(current, erased, strict=True) if not gone]
        return there, rows.filter(pl.Series(kept, dtype=pl.Boolean))
