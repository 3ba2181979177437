"""Applying events: a micro-batch of entries becomes states, scores and queue places in one transaction."""

from __future__ import annotations

import time
from collections.abc import Collection, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import datetime
from itertools import groupby
from typing import Any

import numpy as np
import polars as pl
import redis

from features.columns import event_columns
from features.fold import fold
from features.hot import CustomerState, HotFeatures
from features.own_events import CHANGED, ERASED, MERGED, RESTS, SET_ASIDE, UNMERGED
from features.reports import contradicted
from features.wrong_numbers import report_of
from leads.actions.reports import CALLED
from leads.configuration.spelling import CHANGED as CONSENTED
from leads.configuration.vocabulary import DO_NOT_CALL
from leads.contact.callback import CALLBACK
from leads.errors import TooBusy
from serving.calls.called import called
from serving.calls.promise import Promise, promise_in
from serving.events import timeline
from serving.events.aside import Aside, Found, Letter
from serving.events.outbox import Outbox
from serving.events.stream import START, Entry, Event, order
from serving.live import latency
from serving.live.placement import Placement
from serving.live.refolding import Apart, Refolding
from serving.live.refusals import kept, refused_phone
from serving.people.contact import Contact
from serving.people.contact_frames import contact_frame
from serving.people.contacts import Contacts
from serving.people.erased_customers import ErasedCustomers
from serving.people.merging import merged_state
from serving.people.people import People
from serving.people.reach import Reach
from serving.queue.aftermath import due_of, earlier, recall
from serving.queue.queued_people import QueuedPeople
from serving.queue.rests import Rests
from serving.queue.revival import wake
from serving.recording.rows import rows_of
from serving.scoring.scorer import Due, Scorer
from serving.store.forgetting import forget
from serving.store.keyspace import Keyspace
from serving.store.scripts import Scripts

_SILENT = ("decision.made", "lease.granted", "lead.recalled", "lead.pushed", "lead.unpushed", RESTS, ERASED, SET_ASIDE)
"""Own events that change nobody's score."""

_APART = (MERGED, UNMERGED, ERASED)
"""Own events that change who is who: they are applied by themselves."""

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
        erased: ErasedCustomers,
        scorer: Scorer,
        rests: Rests,
        queued_people: QueuedPeople,
        outbox: Outbox,
        aside: Aside,
        people: People,
        refolding: Refolding,
        placement: Placement,
    ) -> None:
        self._client = client
        self._keys = keyspace
        self._hot = hot
        self._contacts = contacts
        self._erased = erased
        self._scorer = scorer
        self._rests = rests
        self._queued_people = queued_people
        self._outbox = outbox
        self._aside = aside
        self._people = people
        self._refolding = refolding
        self._placement = placement
        self._scripts = Scripts(client, keyspace)

    def apply(self, entries: Sequence[Entry], now: datetime) -> None:
        """Apply entries, each partition's in order; those that are applied already are passed over.

        Raises TooBusy when other workers keep writing the same customers.
        """
        for entry in entries:
            event = entry.event
            report = report_of(event.type, event.source, event.customer_id, event.time, event.data)
            if report is not None:
                rows_of(self._scorer.configuration.workspace, [entry])
                self._people.wrong(report)
        for kind, group in groupby(entries, key=lambda entry: entry.event.type if entry.event.type in _APART else None):
            part = list(group)
            for batch in [[entry] for entry in part] if kind in (MERGED, ERASED) else [part]:
                self._apply(batch, now)

    def set_aside(self, entry: Entry, error: BaseException, now: datetime) -> Letter | None:
        """Pass over an entry that cannot be applied, and keep it with the reason; None where it was passed already."""
        while True:
            with self._client.pipeline(transaction=True) as pipeline:
                if not self._left(pipeline, [entry]):
                    return None
                pipeline.multi()
                letter = self._aside.put(pipeline, Found.of(entry), "apply", error, now)
                pipeline.set(self._keys.applied(entry.partition), entry.position)
                with suppress(redis.WatchError):
                    pipeline.execute()
                    return letter

    def _apply(self, batch: Sequence[Entry], now: datetime) -> None:
        workspace = self._scorer.configuration.workspace
        for _ in range(_ATTEMPTS):
            with self._client.pipeline(transaction=True) as pipeline:
                left = self._left(pipeline, batch)
                if not left:
                    return
                # What the lake could not keep must not be applied either.
                self._effects(pipeline, left, rows_of(workspace, left).events, now)
                ends = {entry.partition: entry.position for entry in left}
                pipeline.mset({self._keys.applied(partition): end for partition, end in ends.items()})
                latency.count(pipeline, self._keys, [entry.came for entry in left], time.time() * 1000)
                try:
                    pipeline.execute()
                except redis.WatchError:
                    continue
            self._rank_sharing([entry.event for entry in left], now)
            return
        raise TooBusy("other workers keep writing the same customers")

    def _left(self, pipeline: Any, batch: Sequence[Entry]) -> list[Entry]:
        """What of the batch is not applied yet, while the partitions' positions are watched, and who is who."""
        keys = {partition: self._keys.applied(partition) for partition in {entry.partition for entry in batch}}
        pipeline.watch(self._keys.split, *keys.values())
        positions = dict(zip(keys, pipeline.mget(list(keys.values())), strict=True))
        applied = {p: order(START if value is None else value.decode()) for p, value in positions.items()}
        return [entry for entry in batch if order(entry.position) > applied[entry.partition]]

    def _effects(self, pipeline: Any, entries: Sequence[Entry], rows: pl.DataFrame, now: datetime) -> None:
        """Queue up what the entries change; reads come before, on keys that are watched. rows: of the declared ones."""
        kind = entries[0].event.type
        if kind == ERASED:
            pipeline.multi()
            self._erase(pipeline, entries[0].event.customer_id, now)
            self._outbox.add(pipeline, [entries[0].event])
            return
        came, rows = self._current([entry.event for entry in entries], rows)
        events = [event if name == event.customer_id else replace(event, customer_id=name) for name, event in came]
        if kind == UNMERGED:
            self._part(pipeline, [event for _, event in came], now)
        elif kind != MERGED:
            self._fold(pipeline, events, rows, now)
            self._rest_numbers(pipeline, came)
        elif came:
            self._merge(pipeline, *came[0], now)
        shown = [(name, event) for name, event in came if event.type not in timeline.UNSHOWN]
        timeline.add(pipeline, self._scripts, shown)
        self._outbox.add(pipeline, events)

    def _current(self, events: Sequence[Event], rows: pl.DataFrame) -> tuple[list[tuple[str, Event]], pl.DataFrame]:
        """The events with the ids that survive, without those of the erased; and the rows of the declared ones."""
        ids = [event.customer_id for event in events]
        erased = self._erased.among(ids)
        current = list(zip(self._contacts.surviving(ids), events, strict=True))
        if not any(erased):
            return current, rows
        kept = [not gone for event, gone in zip(events, erased, strict=True) if self._is_declared(event)]
        there = [told for told, gone in zip(current, erased, strict=True) if not gone]
        return there, rows.filter(pl.Series(kept, dtype=pl.Boolean))

    def _is_declared(self, event: Event) -> bool:
        return event.type in self._scorer.configuration.workspace.events

    def _fold(self, pipeline: Any, events: Sequence[Event], rows: pl.DataFrame, now: datetime) -> None:
        touched = list(dict.fromkeys(event.customer_id for event in events if event.type not in _SILENT))
        if touched:
            pipeline.watch(*self._hot.keys("interactions", touched))
        workspace = self._scorer.configuration.workspace
        declared = [event for event in events if self._is_declared(event)]
        contacts, fresh = self._known(touched, declared)
        touched = [reach.customer_id for reach in contacts]
        state = self._hot.read(self._client, touched) if touched else None
        pipeline.multi()
        if state is None:
            return
        if fresh:
            self._contacts.meet(pipeline, fresh)
            self._hot.write_profiles(pipeline, contact_frame(workspace, fresh), only_new=True)
        if declared:
            state = self._folded(state, touched, declared, rows)
            self._write(pipeline, state, touched, {event.customer_id for event in declared})
            self._come_back(pipeline, state, touched, declared, now)
        told = {event.customer_id for event in events if event.type in (CHANGED, CONSENTED)}
        self._wake(pipeline, contacts, state, told, now)
        promised = self._promised(declared)
        for customer_id, promise in promised.items():
            self._rests.rest(customer_id, promise.due, now, promise=promise, disposition=CALLBACK, pipeline=pipeline)
        self._placement.place(pipeline, touched, contacts, state, now, self._due_with(promised, touched))

    def _promised(self, events: Sequence[Event]) -> dict[str, Promise]:
        """The last callback that events tell of, by customer."""
        grace = self._scorer.configuration.catalogue.queueing.callback_grace
        calls = [(event, called(event.source, event.data)) for event in events if event.type == CALLED]
        told = {event.customer_id: promise_in(call, grace) for event, call in calls if call is not None}
        return {name: promise for name, promise in told.items() if promise is not None}

    def _due_with(self, promised: Mapping[str, Promise], ids: Sequence[str]) -> Due | None:
        """The calls that are due with these promises, which are about to be written; None where there are none."""
        if not promised:
            return None
        promises, retries = self._scorer.due(ids)
        return [promised.get(name, promise) for name, promise in zip(ids, promises, strict=True)], retries

    def _wake(
        self, pipeline: Any, contacts: Sequence[Reach], state: CustomerState, told: Collection[str], now: datetime
    ) -> None:
        """They may have got another number, or agreed to calls; or what they had agreed to counts no more."""
        reached = [reach for reach in contacts if reach.customer_id in told]
        if reached:
            caps = self._scorer.configuration.catalogue.queueing.recycling.caps
            pairs = zip(contacts, self._scorer.agreed(contacts, state), strict=True)
            wake(self._scripts, caps, reached, now, pipeline, {reach.customer_id for reach, yes in pairs if yes})

    def _rest_numbers(self, pipeline: Any, came: Sequence[tuple[str, Event]]) -> None:
        """The numbers of those who were not to be called again by what dialers tell rest since then. The outcome of a
        lease has told so already. came: events with the ids that survive.
        """
        asked = [(name, event) for name, event in came if event.data.get("disposition") == DO_NOT_CALL]
        for (name, event), reach, own in zip(asked, *self._numbers(asked), strict=True):
            told = kept(event, reach, own, self._contacts.numbers.digest)
            if told is not None:
                self._refolding.tell(pipeline, replace(told, customer_id=name))
                self._contacts.numbers.rest(told.data["numbers"], pipeline)

    def _numbers(self, came: Sequence[tuple[str, Event]]) -> tuple[list[Reach | None], list[str | None]]:
        """Of events with the ids that survive how their people are reached, and the number that their own ids told."""
        ids = [event.customer_id for _, event in came]
        own, _ = self._contacts.own(ids)
        told = [own[name].phone if name in own else None for name in ids]
        return self._contacts.reach([name for name, _ in came]), told

    def _rank_sharing(self, events: Sequence[Event], now: datetime) -> None:
        """Whoever else has a number at which somebody asked not to be called stands where they stand now."""
        asked = [event for event in events if event.data.get("disposition") == DO_NOT_CALL]
        if not asked:
            return
        survivors = self._contacts.surviving([event.customer_id for event in asked])
        numbers = self._numbers(list(zip(survivors, asked, strict=True)))
        phones = [refused_phone(*found) for found in zip(asked, *numbers, strict=True)]
        sharing = self._contacts.sharing([f"phone:{phone}" for phone in phones if phone is not None])
        reached = [reach for reach in self._contacts.reach(sharing) if reach is not None]
        known = [reach.customer_id for reach in reached]
        if known:
            self._wake(None, reached, self._hot.read(self._client, known), known, now)
            self._placement.rescore(known, now)

    def _come_back(
        self, pipeline: Any, state: CustomerState, touched: Sequence[str], events: Sequence[Event], now: datetime
    ) -> None:
        """Of whom the core now says that what an agent reported is over."""
        ending = {kind.name for kind in self._scorer.configuration.workspace.events.values() if kind.policy == "lapsed"}
        lapsed = {event.customer_id for event in events if event.type in ending}
        if lapsed:
            self._over(pipeline, state, touched, lapsed, now)

    def _over(
        self, pipeline: Any, state: CustomerState, names: Sequence[str], asked: Collection[str], now: datetime
    ) -> None:
        over = contradicted(self._scorer.configuration.layout, state.standing)
        for customer_id in (name for row, name in enumerate(names) if name in asked and over[row]):
            self._rests.come_back(customer_id, now, pipeline)

    def _write(self, pipeline: Any, state: CustomerState, touched: Sequence[str], changed: set[str]) -> None:
        rows = [row for row, customer_id in enumerate(touched) if customer_id in changed]
        ids = [touched[row] for row in rows]
        self._hot.write_states(
            pipeline, ids, state.interactions[rows], state.standing[rows], state.interactions_at[rows]
        )

    def _folded(
        self, state: CustomerState, touched: Sequence[str], events: Sequence[Event], frame: pl.DataFrame
    ) -> CustomerState:
        configuration = self._scorer.configuration
        position = {customer_id: row for row, customer_id in enumerate(touched)}
        rows = np.array([position[event.customer_id] for event in events])
        columns = event_columns(configuration.workspace, frame)
        at = state.interactions_at.copy()
        np.fmax.at(at, rows, np.array([event.time for event in events], dtype=np.float64))
        return replace(
            state,
            interactions=fold(configuration.layout.interactions, state.interactions, rows, columns),
            standing=fold(configuration.layout.standing, state.standing, rows, columns),
            interactions_at=at,
        )

    def _known(self, touched: Sequence[str], events: Sequence[Event]) -> tuple[list[Reach], list[Contact]]:
        """How each is reached who is known or whom these events are about, and records of those who are met first by
        them.
        """
        first = {event.customer_id: event.time for event in reversed(events)}
        found = list(zip(touched, self._contacts.reach(touched), strict=True))
        fresh = [Contact(name, first[name]) for name, reach in found if reach is None and name in first]
        return [reach or Reach(name) for name, reach in found if reach is not None or name in first], fresh

    def _merge(self, pipeline: Any, into: str, event: Event, now: datetime) -> None:
        """Two become one, unless they have come apart by now."""
        if into == event.customer_id:
            pipeline.multi()
            return
        layout = self._scorer.configuration.layout
        pipeline.watch(self._keys.attempts, *self._hot.keys("interactions", [into, event.customer_id]))
        pair = self._hot.read(self._client, [into, event.customer_id])
        contacts, _ = self._known([into], [replace(event, customer_id=into)])
        due = self._due(into, event.customer_id)
        pipeline.multi()
        state = CustomerState(
            profile=pair.profile.part(0, 1),
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
        self._queued_people.join(event.customer_id, into, now, pipeline)
        self._wake(pipeline, contacts, state, {into}, now)
        self._over(pipeline, state, [into], [into], now)
        self._placement.place(pipeline, [into], contacts, state, now, due)

    def _part(self, pipeline: Any, events: Sequence[Event], now: datetime) -> None:
        """Ids that were one are not any more: each person is what they told themselves."""
        apart = self._recalled(pipeline, events, now)
        people, after = list(apart.people), apart.aftermath
        reached, state = self._contacts.reach(people), self._hot.read(self._client, people)
        pipeline.multi()
        for name in apart.into:
            self._hot.erase_states(pipeline, name)
        state = replace(
            state, interactions=apart.interactions, standing=apart.standing, interactions_at=apart.interactions_at
        )
        met = ~np.isnan(apart.interactions_at)
        self._write(pipeline, state, people, {name for name, known in zip(people, met, strict=True) if known})
        timeline.split(pipeline, self._keys, self._scripts, apart.timeline, apart.into)
        for event in apart.kept:
            self._refolding.tell(pipeline, event)
        self._over(pipeline, state, people, people, now)
        self._queued_people.part(apart.into, now, pipeline)
        contacts = [reach or Reach(name) for name, reach in zip(people, reached, strict=True)]
        self._wake(pipeline, contacts, state, set(people), now)
        self._placement.place(pipeline, people, contacts, state, now, due_of(after[name] for name in people))

    def _recalled(self, pipeline: Any, events: Sequence[Event], now: datetime) -> Apart:
        """Who came apart, once the queue knows what calls have left behind of each; who became one with them meanwhile
        stands with them already. Raises TooBusy when further calls keep coming in.
        """
        for _ in range(_ATTEMPTS):
            apart = self._refolding.apart(pipeline, events, now)
            for name, into in apart.into.items():
                if name != into:
                    self._queued_people.join(name, into, now)
            if all(
                recall(self._scripts, name, after, apart.pages[name], now) for name, after in apart.aftermath.items()
            ):
                return apart
        raise TooBusy("calls with the same customers keep coming in")

    def _due(self, into: str, gone: str) -> Due:
        """The calls that are due with two who become one, as they will stand once the queue has joined them."""
        promises, retries = self._scorer.due([into, gone])
        kept, other = self._rests.until([into, gone])
        return [earlier(promises[0], promises[1])], [retries[1 if other > kept else 0]]

    def _erase(self, pipeline: Any, customer_id: str, now: datetime) -> None:
        """Whatever a batch in hand wrote while the customer was being erased goes too."""
        self._queued_people.forget(customer_id, now, pipeline)
        forget(pipeline, self._keys, [customer_id])
