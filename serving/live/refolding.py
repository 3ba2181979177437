"""Refolding: what is known of ids that were one and are not any more, folded again from all they told themselves."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import numpy as np
import polars as pl
import redis

from features.history import states_at
from features.home import Home
from features.hot import HotFeatures
from features.lake import ARRIVED, data_of, read_events_of, read_own_of
from features.own_events import COMPLETED, MERGED, UNMERGED
from features.wrong_numbers import OURS
from leads.actions.reports import CALLED
from leads.configuration.vocabulary import DO_NOT_CALL
from leads.contact.policy import CALL
from serving.calls.called import called
from serving.clock import microseconds
from serving.events import timeline
from serving.events.aside import Aside
from serving.events.stream import Event, Stream, order
from serving.people.contacts import Contacts
from serving.queue.aftermath import Aftermath, CallRecord, standing
from serving.recording.rows import event_frame
from serving.store.keyspace import Keyspace

_TOLD = (COMPLETED, MERGED, UNMERGED)

FOLDED_TO = "folded_to"
"""Where a rebuild notes the last place of arrival that it has folded, in a stream that may be lost by now."""

_LAST = 2**63 - 1
"""Where an event stands whose place of arrival is not known any more."""


@dataclass(frozen=True)
class Apart:
    """People who came apart, row i of the states being the i-th person.

    people: surviving id → all ids. timeline: their newest events as they came. aftermath: what calls have left behind,
    and pages: of the call book as it was, both by surviving id. kept: refusals of the one that are the others' too,
    told anew.
    """

    people: Mapping[str, Sequence[str]]
    interactions: np.ndarray
    standing: np.ndarray
    interactions_at: np.ndarray
    timeline: Sequence[Event]
    aftermath: Mapping[str, Aftermath]
    pages: Mapping[str, bytes]
    kept: Sequence[Event]

    @property
    def into(self) -> dict[str, str]:
        """Id → the one that survives."""
        return {name: into for into, members in self.people.items() for name in members}


class Refolding:
    """Reads what ids told: from the lake, and from the streams what is not in it yet."""

    def __init__(
        self,
        client: redis.Redis,
        keyspace: Keyspace,
        home: Home,
        hot: HotFeatures,
        contacts: Contacts,
        stream: Stream,
        aside: Aside,
        recorded: bool,
        grace: timedelta,
    ) -> None:
        self._client = client
        self._keys = keyspace
        self._home = home
        self._hot = hot
        self._contacts = contacts
        self._stream = stream
        self._aside = aside
        self._recorded = recorded
        self._grace = grace

    def apart(self, pipeline: Any, events: Sequence[Event], now: datetime) -> Apart:
        """What the people are who were one until these events, on states that are watched from now on."""
        told = [name for event in events for name in (event.customer_id, str(event.data["from"]))]
        survivors = sorted(set(self._contacts.surviving(told)))
        people = dict(zip(survivors, self._contacts.members(survivors), strict=True))
        ids = [name for members in people.values() for name in members]
        pipeline.watch(*self._hot.keys("interactions", ids))
        pages: list[Any] = self._client.hmget(self._keys.attempts, survivors)  # type: ignore[assignment]
        line = timeline.kept(self._client, self._keys, ids)
        waiting, seen = self._waiting(ids), [(event, _LAST) for event in line]
        frame = self._events(ids, [*((event, at) for event, at, applied in waiting if applied), *seen], now)
        own = self._own(ids, [*((event, at) for event, at, _ in waiting), *seen], frame, now)
        layout, workspace = self._hot.layout, self._hot.layout.workspace
        into = {name: survivor for survivor, members in people.items() for name in members}
        mine = frame.with_columns(pl.col("customer_id").replace(into))
        merged = {name: survivor for name, survivor in into.items() if name != survivor}
        names = pl.Series("customer_id", survivors, dtype=pl.String)
        last = dict(mine.group_by("customer_id").agg(pl.col("time").max().to_physical().cast(pl.Float64)).rows())
        return Apart(
            people=people,
            interactions=states_at(workspace, layout.interactions, names, mine),
            standing=states_at(workspace, layout.standing, names, mine),
            interactions_at=np.array([last.get(name, np.nan) for name in survivors]),
            timeline=line,
            aftermath=dict.fromkeys(survivors, Aftermath()) | self._aftermath(own, merged),
            pages={name: page or b"" for name, page in zip(survivors, pages, strict=True)},
            kept=self._refusals(events, frame, own, into),
        )

    def tell(self, pipeline: Any, event: Event) -> None:
        """A refusal that is kept joins the stream."""
        self._stream.add(pipeline, event)

    def _waiting(self, ids: Sequence[str]) -> list[tuple[Event, int, bool]]:
        """What may not be in the lake yet, with its place of arrival and whether it is applied."""
        applied, recorded = self._stream.applied(), self._stream.recorded()
        entries = [
            entry
            for partition in sorted({self._stream.partition(name) for name in ids})
            for entry in self._stream.read(partition, recorded[partition])
            if entry.event.customer_id in ids
        ]
        return [
            (entry.event, entry.arrived, order(entry.position) <= order(applied[entry.partition]))
            for entry, gone in zip(entries, self._aside.known(entries), strict=True)
            if not gone
        ]

    def _events(self, ids: Sequence[str], told: Sequence[tuple[Event, int]], now: datetime) -> pl.DataFrame:
        """Declared events that are applied, each once, in their order of arrival."""
        workspace = self._hot.layout.workspace
        declared = [(event, arrived) for event, arrived in told if event.type in workspace.events]
        places = pl.Series(ARRIVED, [arrived for _, arrived in declared], dtype=pl.Int64)
        live = event_frame(workspace, [event for event, _ in declared]).with_columns(places)
        lake = read_events_of(self._home, ids)
        if self._recorded:
            folded = int(self._client.hget(self._keys.meta, FOLDED_TO) or 0)  # type: ignore[arg-type]
            ends = {name: max(folded, self._end(name)) for name in ids}
            limit = pl.col("customer_id").replace_strict(ends, return_dtype=pl.Int64)
            lake = lake.filter(pl.col(ARRIVED).is_null() | (pl.col(ARRIVED) <= limit))
        else:
            lake = lake.filter(pl.col("time") <= now)
        both = pl.concat([lake.select(live.columns), live]).unique(["source", "id"], keep="first", maintain_order=True)
        return both.sort(ARRIVED, "time", "source", "id", nulls_last=False)

    def _end(self, customer_id: str) -> int:
        """The place of arrival up to which what this id told is applied, of what came since the store began."""
        milliseconds, sequence = order(self._stream.applied()[self._stream.partition(customer_id)])
        return (milliseconds << 20) + sequence

    def _own(
        self, ids: Sequence[str], told: Sequence[tuple[Event, int]], events: pl.DataFrame, now: datetime
    ) -> list[Event]:
        """What the record says of merges and of calls, each once, in the order of arrival. events: declared ones, some
        of which promise a callback.
        """
        rows = read_own_of(self._home, ids, *_TOLD, until=None if self._recorded else now)
        lake = [(_event_of(row), row[ARRIVED] or 0) for row in rows.iter_rows(named=True)]
        found = {(event.source, event.id): (arrived, event) for event, arrived in reversed([*lake, *told])}
        own = {key: pair for key, pair in found.items() if pair[1].type in _TOLD}
        for row in events.filter(type=CALLED).iter_rows(named=True):
            if (data := called(row["source"], row)) is not None:
                own[row["source"], row["id"]] = (row[ARRIVED] or 0, _event_of(row | {"data": json.dumps(data)}))
        return [event for _, event in sorted(own.values(), key=lambda pair: (pair[0], pair[1].time, pair[1].id))]

    def _aftermath(self, own: Sequence[Event], merged: Mapping[str, str]) -> dict[str, Aftermath]:
        rows = [
            {"id": event.id, "source": event.source, "type": event.type, "customer_id": event.customer_id}
            for event in own
        ]
        recognition = self._hot.layout.workspace.recognition
        record = CallRecord(standing(rows), merged, self._grace, recognition)
        for row, event in zip(rows, own, strict=True):
            record.follow(row, event.data)
        return record.people()

    def _refusals(
        self, events: Sequence[Event], frame: pl.DataFrame, own: Sequence[Event], into: Mapping[str, str]
    ) -> list[Event]:
        """Who did not want to be called while they were one was either: the other keeps it as their own word."""
        workspace = self._hot.layout.workspace
        if "disposition" not in frame.columns or "consent.changed" not in workspace.events:
            return []
        calls = frame.filter(pl.col("disposition") == DO_NOT_CALL, pl.col("source").str.starts_with(OURS))
        kept = []
        for event in events:
            since = max((e.time for e in own if e.type == MERGED and e.customer_id == event.customer_id), default=0)
            others = into[self._contacts.surviving([str(event.data["from"])])[0]]
            mine, said = into[event.customer_id], {"channel": CALL, "consent": False}
            for row in calls.iter_rows(named=True):
                at, called = microseconds(row["time"]), into[row["customer_id"]]
                if called in (mine, others) and mine != others and at >= since:
                    other = event.customer_id if called == others else others
                    kept.append(Event(f"{row['id']}/{other}", event.source, "consent.changed", other, at, said))
        return kept


def _event_of(row: Mapping[str, Any]) -> Event:
    """An own event from its row."""
    return Event(
        row["id"], row["source"], row["type"], row["customer_id"], microseconds(row["time"]), data_of(row["data"])
    )
