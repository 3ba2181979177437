"""Applying events: a micro-batch of entries becomes states, scores and queue places in one transaction."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from itertools import groupby
from typing import Any

import numpy as np
import redis

from features.columns import event_columns
from features.fold import fold
from features.hot import CustomerState, HotFeatures
from serving import timeline
from serving.contacts import Contact, Contacts, contact_frame
from serving.digest import digest_of
from serving.keyspace import Keyspace
from serving.merging import merged_state
from serving.queue import Item, Queue
from serving.ranking import items_of
from serving.recorder import CHANGED, ERASED, MERGED, event_frame
from serving.scorer import Scorer
from serving.stream import Entry, Event, order

_SILENT = ("decision.made", ERASED)
"""Own events that change nobody's score."""


class Application:
    """The only writer of customer states.

    Effects and stream positions are written together: an entry that is delivered again changes nothing.
    """

    def __init__(
        self,
        client: redis.Redis,
        keyspace: Keyspace,
        hot: HotFeatures,
        contacts: Contacts,
        scorer: Scorer,
        queue: Queue,
    ) -> None:
        self._client = client
        self._keys = keyspace
        self._hot = hot
        self._contacts = contacts
        self._scorer = scorer
        self._queue = queue

    def apply(self, entries: Sequence[Entry], now: datetime) -> bool:
        """Apply entries, each partition's in order; False when another worker has applied them."""
        for kind, group in groupby(entries, key=lambda entry: entry.event.type == MERGED):
            part = list(group)
            batches = [[entry] for entry in part] if kind else [part]
            for batch in batches:
                if not self._apply(batch, now):
                    return False
        return True

    def rescore(self, customer_ids: Sequence[str], now: datetime) -> None:
        """Put customers where they stand now: time has passed, or a model has changed."""
        scored = self._scorer.score(customer_ids, now)
        self._queue.put(items_of(self._scorer, scored), now)

    def _apply(self, batch: Sequence[Entry], now: datetime) -> bool:
        with self._client.pipeline(transaction=True) as pipeline:
            pipeline.watch(self._keys.applied)  # type: ignore[no-untyped-call]
            if not self._is_next(pipeline, batch):
                return False
            events = list(self._current([entry.event for entry in batch]))
            pipeline.multi()
            if events and events[0].type == MERGED:
                events = [self._merge(pipeline, events[0], now)]
            else:
                self._fold(pipeline, events, now)
            timeline.add(pipeline, self._keys, [event for event in events if event.type != CHANGED])
            positions = {str(entry.partition): entry.position for entry in batch}
            pipeline.hset(self._keys.applied, mapping=positions)
            try:
                pipeline.execute()
            except redis.WatchError:
                return False
        return True

    def _is_next(self, pipeline: Any, batch: Sequence[Entry]) -> bool:
        """Whether nothing of the batch is applied yet."""
        applied = pipeline.hgetall(self._keys.applied)
        return all(
            order(entry.position) > order(applied.get(str(entry.partition).encode(), b"0-0").decode())
            for entry in batch
        )

    def _current(self, events: Sequence[Event]) -> Iterator[Event]:
        """The events under the ids that survive, without those of the erased."""
        ids = [event.customer_id for event in events]
        erased = self._contacts.erased([digest_of(customer_id) for customer_id in ids])
        surviving = self._contacts.surviving(ids)
        for event, gone, customer_id in zip(events, erased, surviving, strict=True):
            if not gone:
                own = event.type == MERGED
                yield (event if own or customer_id == event.customer_id else replace(event, customer_id=customer_id))

    def _fold(self, pipeline: Any, events: Sequence[Event], now: datetime) -> None:
        touched = list(dict.fromkeys(event.customer_id for event in events if event.type not in _SILENT))
        if not touched:
            return
        workspace = self._scorer.configuration.workspace
        declared = [event for event in events if event.type in workspace.events]
        contacts, fresh = self._known(touched, events)
        if fresh:
            self._contacts.write(pipeline, fresh)
            self._hot.write_profiles(pipeline, contact_frame(workspace, fresh))
        state = self._hot.read(self._client, touched)
        if declared:
            state = self._folded(state, touched, declared)
            self._hot.write_states(pipeline, touched, state.interactions, state.standing, state.interactions_at)
        self._place(pipeline, touched, contacts, state, now)

    def _folded(self, state: CustomerState, touched: Sequence[str], events: Sequence[Event]) -> CustomerState:
        configuration = self._scorer.configuration
        position = {customer_id: row for row, customer_id in enumerate(touched)}
        rows = np.array([position[event.customer_id] for event in events])
        columns = event_columns(configuration.workspace, event_frame(configuration.workspace, events))
        at = state.interactions_at.copy()
        np.fmax.at(at, rows, np.array([event.time for event in events], dtype=np.float64))
        return replace(
            state,
            interactions=fold(configuration.layout.interactions, state.interactions, rows, columns),
            standing=fold(configuration.layout.standing, state.standing, rows, columns),
            interactions_at=at,
        )

    def _known(self, touched: Sequence[str], events: Sequence[Event]) -> tuple[list[Contact], list[Contact]]:
        """A record for each, and those of them that are new: met first by an event."""
        first = {event.customer_id: event.time for event in reversed(events)}
        found = self._contacts.read(touched)
        contacts = [
            contact or Contact(customer_id, first[customer_id])
            for customer_id, contact in zip(touched, found, strict=True)
        ]
        return contacts, [contact for contact, known in zip(contacts, found, strict=True) if known is None]

    def _merge(self, pipeline: Any, event: Event, now: datetime) -> Event:
        """Two become one; the event as it stands in the survivor's timeline."""
        into = self._contacts.surviving([str(event.data["into"])])[0]
        layout = self._scorer.configuration.layout
        pair = self._hot.read(self._client, [into, event.customer_id])
        interactions = merged_state(layout.interactions, pair.interactions[:1], pair.interactions[1:])
        standing = merged_state(layout.standing, pair.standing[:1], pair.standing[1:])
        at = np.fmax(pair.interactions_at[:1], pair.interactions_at[1:])
        self._hot.write_states(pipeline, [into], interactions, standing, at)
        self._hot.erase(pipeline, event.customer_id)
        timeline.move(pipeline, self._keys, event.customer_id, into)
        self._queue.put([Item(event.customer_id, None, {})], now, pipeline)
        kept = self._hot.read(self._client, [into])
        state = replace(kept, interactions=interactions, standing=standing, interactions_at=at)
        moved = replace(event, customer_id=into)
        contacts, _ = self._known([into], [moved])
        self._place(pipeline, [into], contacts, state, now)
        return moved

    def _place(
        self,
        pipeline: Any,
        ids: Sequence[str],
        contacts: Sequence[Contact],
        state: CustomerState,
        now: datetime,
    ) -> None:
        scored = self._scorer.score_state(ids, contacts, state, now)
        self._queue.put(items_of(self._scorer, scored), now, pipeline)
