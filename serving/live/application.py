"""Applying events: a micro-batch of entries becomes states, scores and queue places in one transaction."""

from __future__ import annotations

import time
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
from features.lake import MERGED
from leads.errors import TooBusy
from serving.dialers.webhooks.outbox import Outbox
from serving.digest import digest_of
from serving.events import timeline
from serving.events.recorder import CHANGED, ERASED, event_frame
from serving.events.stream import START, Entry, Event, order
from serving.live import waits
from serving.people.contacts import Contact, Contacts, Reach, contact_frame
from serving.people.merging import merged_state
from serving.queue.aftermath import earlier
from serving.queue.queue import Queue
from serving.queue.ranking import items_of
from serving.queue.waking import wake
from serving.scoring.scorer import Due, Scorer
from serving.store.keyspace import Keyspace
from serving.store.scripts import Scripts

_SILENT = ("decision.made", "lease.granted", "lead.recalled", "lead.pushed", "lead.unpushed", ERASED)
"""Own events that change nobody's score."""

_ATTEMPTS = 100
"""How often a batch is tried again when another worker wrote what it has read."""


class Application:
    """The only writer of customer states.

    Effects and stream positions are written together, on states that nobody else has written since they were read: an
    entry that is delivered again, or to two workers, is applied once.
    """

    def __init__(
        self,
        client: redis.Redis,
        keyspace: Keyspace,
        hot: HotFeatures,
        contacts: Contacts,
        scorer: Scorer,
        queue: Queue,
        outbox: Outbox,
    ) -> None:
        self._client = client
        self._keys = keyspace
        self._hot = hot
        self._contacts = contacts
        self._scorer = scorer
        self._queue = queue
        self._outbox = outbox
        self._scripts = Scripts(client, keyspace.prefix)

    def apply(self, entries: Sequence[Entry], now: datetime) -> None:
        """Apply entries, each partition's in order; those that are applied already are passed over.

        Raises TooBusy when other workers keep writing the same customers.
        """
        for alone, group in groupby(entries, key=lambda entry: entry.event.type in (MERGED, ERASED)):
            part = list(group)
            for batch in [[entry] for entry in part] if alone else [part]:
                self._apply(batch, now)

    def set_aside(self, entry: Entry, why: str) -> None:
        """Pass over an entry that cannot be applied. It is kept with the reason, and the lake has it like any other."""
        with self._client.pipeline(transaction=True) as pipeline:
            pipeline.xadd(self._keys.failed, {"event": entry.event.written(), "at": entry.position, "why": why})
            pipeline.set(self._keys.applied(entry.partition), entry.position)
            pipeline.execute()

    def rescore(self, customer_ids: Sequence[str], now: datetime) -> None:
        """Put customers where they stand now: time has passed, or a model has changed."""
        scored = self._scorer.score(customer_ids, now)
        self._queue.put(items_of(self._scorer, scored), now)

    def _apply(self, batch: Sequence[Entry], now: datetime) -> None:
        for _ in range(_ATTEMPTS):
            with self._client.pipeline(transaction=True) as pipeline:
                left = self._left(pipeline, batch)
                if not left:
                    return
                self._effects(pipeline, left, now)
                ends = {entry.partition: entry.position for entry in left}
                pipeline.mset({self._keys.applied(partition): end for partition, end in ends.items()})
                waits.count(pipeline, self._keys, [entry.came for entry in left], time.time() * 1000)
                try:
                    pipeline.execute()
                except redis.WatchError:
                    continue
                return
        raise TooBusy("other workers keep writing the same customers")

    def _left(self, pipeline: Any, batch: Sequence[Entry]) -> list[Entry]:
        """What of the batch is not applied yet, while the partitions' positions are watched."""
        keys = {partition: self._keys.applied(partition) for partition in {entry.partition for entry in batch}}
        pipeline.watch(*keys.values())
        positions = dict(zip(keys, pipeline.mget(list(keys.values())), strict=True))
        applied = {p: order(START if value is None else value.decode()) for p, value in positions.items()}
        return [entry for entry in batch if order(entry.position) > applied[entry.partition]]

    def _effects(self, pipeline: Any, entries: Sequence[Entry], now: datetime) -> None:
        """Queue up what the entries change; reads come before, on keys that are watched."""
        kind = entries[0].event.type
        if kind == ERASED:
            pipeline.multi()
            self._erase(pipeline, entries[0].event.customer_id, now)
            self._outbox.add(pipeline, [entries[0].event])
            return
        if kind == MERGED:
            events = [self._merge(pipeline, entries[0].event, now)]
        else:
            events = list(self._current([entry.event for entry in entries]))
            self._fold(pipeline, events, now)
        timeline.add(pipeline, self._scripts, [event for event in events if event.type != CHANGED])
        self._outbox.add(pipeline, events)

    def _current(self, events: Sequence[Event]) -> Iterator[Event]:
        """The events under the ids that survive, without those of the erased."""
        ids = [event.customer_id for event in events]
        erased = self._contacts.erased([digest_of(customer_id) for customer_id in ids])
        surviving = self._contacts.surviving(ids)
        for event, gone, customer_id in zip(events, erased, surviving, strict=True):
            if not gone:
                yield event if customer_id == event.customer_id else replace(event, customer_id=customer_id)

    def _fold(self, pipeline: Any, events: Sequence[Event], now: datetime) -> None:
        touched = list(dict.fromkeys(event.customer_id for event in events if event.type not in _SILENT))
        if touched:
            pipeline.watch(*self._hot.keys("interactions", touched))
        workspace = self._scorer.configuration.workspace
        declared = [event for event in events if event.type in workspace.events]
        contacts, fresh = self._known(touched, events)
        state = self._hot.read(self._client, touched) if touched else None
        pipeline.multi()
        if state is None:
            return
        if fresh:
            self._contacts.meet(pipeline, fresh)
            self._hot.write_profiles(pipeline, contact_frame(workspace, fresh), only_new=True)
        if declared:
            state = self._folded(state, touched, declared)
            self._write(pipeline, state, touched, {event.customer_id for event in declared})
        told = {event.customer_id for event in events if event.type == CHANGED}
        self._wake(pipeline, [reach for reach in contacts if reach.customer_id in told], now)
        self._place(pipeline, touched, contacts, state, now)

    def _wake(self, pipeline: Any, reached: Sequence[Reach], now: datetime) -> None:
        """They may have got another number."""
        caps = self._scorer.configuration.catalogue.queueing.recycling.caps
        wake(self._scripts, caps, reached, now, pipeline)

    def _write(self, pipeline: Any, state: CustomerState, touched: Sequence[str], changed: set[str]) -> None:
        rows = [row for row, customer_id in enumerate(touched) if customer_id in changed]
        ids = [touched[row] for row in rows]
        self._hot.write_states(
            pipeline, ids, state.interactions[rows], state.standing[rows], state.interactions_at[rows]
        )

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

    def _known(self, touched: Sequence[str], events: Sequence[Event]) -> tuple[list[Reach], list[Contact]]:
        """How each is reached, and records of those who are new: met first by an event."""
        first = {event.customer_id: event.time for event in reversed(events)}
        found = self._contacts.reach(touched)
        fresh = [Contact(name, first[name]) for name, reach in zip(touched, found, strict=True) if reach is None]
        return [reach or Reach(name) for name, reach in zip(touched, found, strict=True)], fresh

    def _merge(self, pipeline: Any, event: Event, now: datetime) -> Event:
        """Two become one; the event as it stands in the survivor's timeline."""
        into = self._contacts.surviving([str(event.data["into"])])[0]
        layout = self._scorer.configuration.layout
        pipeline.watch(*self._hot.keys("interactions", [into, event.customer_id]))
        pair = self._hot.read(self._client, [into, event.customer_id])
        moved = replace(event, customer_id=into)
        contacts, _ = self._known([into], [moved])
        due = self._due(into, event.customer_id)
        pipeline.multi()
        state = CustomerState(
            profile=pair.profile[:1],
            interactions=merged_state(layout.interactions, pair.interactions[:1], pair.interactions[1:]),
            standing=merged_state(layout.standing, pair.standing[:1], pair.standing[1:]),
            known=pair.known[:1],
            profile_at=pair.profile_at[:1],
            interactions_at=np.fmax(pair.interactions_at[:1], pair.interactions_at[1:]),
        )
        if not np.isnan(pair.interactions_at[1]):
            self._write(pipeline, state, [into], {into})
        self._hot.erase(pipeline, event.customer_id)
        pipeline.hdel(self._keys.contacts, event.customer_id)
        timeline.move(pipeline, self._keys, event.customer_id, into)
        self._queue.join(event.customer_id, into, now, pipeline)
        self._wake(pipeline, contacts, now)
        self._place(pipeline, [into], contacts, state, now, due)
        return moved

    def _due(self, into: str, gone: str) -> Due:
        """The calls that are due with two who become one, as they will stand once the queue has joined them."""
        promises, retries = self._scorer.due([into, gone])
        kept, other = self._queue.rests([into, gone])
        return [earlier(promises[0], promises[1])], [retries[1 if other > kept else 0]]

    def _erase(self, pipeline: Any, customer_id: str, now: datetime) -> None:
        """Whatever a batch in hand wrote while the customer was being erased goes too."""
        self._hot.erase(pipeline, customer_id)
        pipeline.hdel(self._keys.contacts, customer_id)
        pipeline.delete(self._keys.timeline(customer_id))
        self._queue.forget(customer_id, now, pipeline)

    def _place(
        self,
        pipeline: Any,
        ids: Sequence[str],
        contacts: Sequence[Reach],
        state: CustomerState,
        now: datetime,
        due: Due | None = None,
    ) -> None:
        scored = self._scorer.score_state(ids, contacts, state, now, due)
        self._queue.put(items_of(self._scorer, scored), now, pipeline)
