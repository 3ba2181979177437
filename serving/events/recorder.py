"""Into the lake: what was accepted is recorded as Parquet, each entry once whatever crashes, then leaves the streams.

What is about to be written is noted first, with the name of its files. After a crash exactly that is written again,
under the same names, before anything else is.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any
from uuid import uuid4

import msgspec
import polars as pl
import redis

from features.home import Home
from features.lake import ARRIVED, append_customers, append_events, append_own, writing
from leads.history import TIME
from leads.workspace import Workspace
from serving.clock import from_microseconds
from serving.digest import digest_of
from serving.events.stream import Entry, Event, Stream
from serving.people.contacts import Contact, Contacts, record_frame
from serving.store.keyspace import Keyspace

CHANGED, ERASED = "customer.changed", "customer.erased"
"""The product's own events that tell of a customer, or that there is none any more."""


def event_frame(workspace: Workspace, events: Sequence[Event]) -> pl.DataFrame:
    """Events in the schema of the events frame; times among the data are microseconds."""
    columns = []
    told = {name for event in events for name in event.data}
    for name, dtype in workspace.event_schema.items():
        if name in ("id", "source", "type", "customer_id", "time"):
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


_MOST = 20_000
"""Entries of a step."""


@dataclass(frozen=True)
class _Plan:
    """What one step writes. name: of its files. ends: per partition, up to which entry. decisions: up to which one."""

    name: str
    ends: dict[str, str]
    decisions: str | None


class Recorder:
    """Moves entries and decisions into the lake of a home. One writes at a time, and first what another left undone."""

    def __init__(self, client: redis.Redis, keyspace: Keyspace, home: Home, stream: Stream, contacts: Contacts) -> None:
        self._client = client
        self._keys = keyspace
        self._home = home
        self._workspace = home.configuration.workspace
        self._stream = stream
        self._contacts = contacts

    def step(self, most: int = _MOST) -> int:
        """Record up to about `most` entries, and the decisions made; how many of them there were, 0 while
        another process writes.
        """
        with writing(self._home, wait=False) as mine:
            return (self._step(most) or 0) if mine else 0

    def drain(self) -> None:
        """Record everything that was accepted until now."""
        with writing(self._home):
            while self._step(_MOST) is not None:
                pass

    def _step(self, most: int) -> int | None:
        """None when nothing is left."""
        plan = self._unfinished() or self._planned(most)
        if plan is None:
            return None
        entries = list(self._entries(plan))
        decisions = self._decisions(plan.decisions)
        self._write(plan.name, entries, decisions)
        self._finish(plan, decisions)
        self._stream.trim(map(int, plan.ends), recorded=True)
        return len(entries) + len(decisions)

    def _finish(self, plan: _Plan, decisions: Sequence[tuple[bytes, str]]) -> None:
        """Note that it is written; not where another recorder has, and may have gone on from there."""
        with self._client.pipeline(transaction=True) as pipeline:
            pipeline.watch(self._keys.recording)  # type: ignore[no-untyped-call]
            if self._unfinished() != plan:
                return
            pipeline.multi()
            if plan.ends:
                pipeline.hset(self._keys.recorded, mapping=plan.ends)
            if decisions:
                pipeline.xdel(self._keys.decisions, *(position for position, _ in decisions))
            pipeline.delete(self._keys.recording)
            with suppress(redis.WatchError):
                pipeline.execute()

    def _unfinished(self) -> _Plan | None:
        """What was noted and not finished: by a recorder that was stopped, or has lost its role."""
        text = self._client.get(self._keys.recording)
        return None if text is None else msgspec.json.decode(text, type=_Plan)  # type: ignore[arg-type]

    def _planned(self, most: int) -> _Plan | None:
        """Note what is to be written next, or see what somebody else has just noted; None when there is nothing."""
        with self._client.pipeline(transaction=True) as pipeline:
            pipeline.watch(self._keys.recording, self._keys.recorded)  # type: ignore[no-untyped-call]
            recorded = self._stream.recorded()
            share = max(1, most // len(recorded))
            last = [self._last(partition, after, share) for partition, after in enumerate(recorded)]
            ends = {str(partition): end for partition, end in enumerate(last) if end is not None}
            waiting: list[Any] = self._client.xrange(self._keys.decisions, count=most)  # type: ignore[assignment]
            if not ends and not waiting:
                return None
            plan = _Plan(uuid4().hex, ends, waiting[-1][0].decode() if waiting else None)
            pipeline.multi()
            pipeline.set(self._keys.recording, json.dumps(asdict(plan)))
            try:
                pipeline.execute()
            except redis.WatchError:
                return self._unfinished() or self._planned(most)
        return plan

    def _last(self, partition: int, after: str, count: int) -> str | None:
        found: list[Any] = self._client.xrange(self._keys.stream(partition), min=f"({after}", count=count)  # type: ignore[assignment]
        return found[-1][0].decode() if found else None

    def _entries(self, plan: _Plan) -> Iterator[Entry]:
        """The entries of a plan, without those of erased customers, whose tombstones stay."""
        recorded = self._stream.recorded()
        for partition, end in plan.ends.items():
            entries = self._stream.read(int(partition), recorded[int(partition)], until=end)
            erased = self._contacts.erased([digest_of(entry.event.customer_id) for entry in entries])
            for entry, gone in zip(entries, erased, strict=True):
                if not gone or entry.event.type == ERASED:
                    yield entry

    def _decisions(self, until: str | None) -> list[tuple[bytes, str]]:
        if until is None:
            return []
        found: list[Any] = self._client.xrange(self._keys.decisions, max=until)  # type: ignore[assignment]
        return [(position, fields[b"decision"].decode()) for position, fields in found]

    def _write(self, name: str, entries: Sequence[Entry], decisions: Sequence[tuple[bytes, str]]) -> None:
        declared = [entry for entry in entries if entry.event.type in self._workspace.events]
        if declared:
            frame = event_frame(self._workspace, [entry.event for entry in declared])
            append_events(self._home, frame.with_columns(_arrivals(declared)), name)
            self._advance(max(entry.event.time for entry in declared))
        changed = [Contact(**entry.event.data["contact"]) for entry in entries if entry.event.type == CHANGED]
        if changed:
            append_customers(self._home, record_frame(self._workspace, changed), name)
        own = [e for e in entries if e.event.type not in self._workspace.events and e.event.type != CHANGED]
        if own:
            append_own(self._home, _own_frame(own), name)
        if decisions:
            append_own(self._home, _decision_frame([text for _, text in decisions]), name, "decisions")

    def _advance(self, time: int) -> None:
        """The record reaches at least to the newest event."""
        moment = from_microseconds(time)
        if moment > self._home.observed_until:
            self._home.set_observed_until(moment)


def _arrivals(entries: Sequence[Entry]) -> pl.Series:
    return pl.Series(ARRIVED, [entry.arrived for entry in entries], dtype=pl.Int64)


def _own_frame(entries: Sequence[Entry]) -> pl.DataFrame:
    events = [entry.event for entry in entries]
    rows = [(e.id, e.source, e.type, _kept_id(e), e.time, json.dumps(dict(e.data))) for e in events]
    names = ("id", "source", "type", "customer_id", "time", "data")
    frame = pl.DataFrame(rows, schema=names, orient="row")
    return frame.with_columns(pl.col("time").cast(TIME), _arrivals(entries))


def _kept_id(event: Event) -> str:
    """A tombstone outlives the customer's rows, and names nobody."""
    return digest_of(event.customer_id) if event.type == ERASED else event.customer_id


def _decision_frame(texts: Sequence[str]) -> pl.DataFrame:
    documents = [json.loads(text) for text in texts]
    return pl.DataFrame(
        {
            "id": [document["id"] for document in documents],
            "customer_id": [document["customer_id"] for document in documents],
            "time": pl.Series([datetime.fromisoformat(document["at"]) for document in documents]).cast(TIME),
            "document": texts,
        }
    )
