"""Into the lake: what was accepted is recorded as Parquet, each entry once whatever crashes, then leaves the streams.

What is about to be written is noted first, with the name of its files. After a crash exactly that is written again,
under the same names, before anything else is.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any
from uuid import uuid4

import msgspec
import redis

from features.home import Home
from features.lake import append_customers, append_events, append_own, writing
from features.own_events import ERASED
from leads.configuration.bounds import TOLERANCE
from serving.clock import Clock
from serving.disk import say
from serving.events.aside import Aside, Found
from serving.events.fault_isolation import FAULTS, isolating_faults
from serving.events.stream import UNREADABLE, Entry, Event, Stream, order
from serving.people.erased_customers import ErasedCustomers
from serving.recording.rows import Rows, decision_frame, rows_of
from serving.store.keyspace import Keyspace
from serving.store.words import DECISION

_DECISION = DECISION.encode()

_MOST = 20_000
"""Entries of a step."""


@dataclass(frozen=True)
class _Plan:
    """What one step writes. name: of its files. ends: per partition, up to which entry. decisions: up to which one.
    reached: how far the record reached before, in ISO 8601.
    """

    name: str
    ends: dict[str, str]
    decisions: str | None
    reached: str | None = None


class Recorder:
    """Moves entries and decisions into the lake of a home. One writes at a time, and first what another left undone."""

    def __init__(
        self, client: redis.Redis, keyspace: Keyspace, home: Home, stream: Stream, erased: ErasedCustomers,
        aside: Aside, clock: Clock, document: Callable[[bytes], str],
    ) -> None:  # fmt: skip
        """document: the text of a decision, by what waits of it."""
        self._client = client
        self._keys = keyspace
        self._home = home
        self._workspace = home.configuration.workspace
        self._stream = stream
        self._erased = erased
        self._aside = aside
        self._clock = clock
        self._document = document

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
        self._write(plan, entries, decisions)
        self._finish(plan, decisions)
        self._stream.trim(map(int, plan.ends), recorded=True)
        return len(entries) + len(decisions)

    def _finish(self, plan: _Plan, decisions: Sequence[tuple[bytes, bytes]]) -> None:
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
            until = waiting[-1][0].decode() if waiting else None
            plan = _Plan(uuid4().hex, ends, until, self._home.observed_until.isoformat())
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
            erased = self._erased.among([entry.event.customer_id for entry in entries])
            for entry, gone in zip(entries, erased, strict=True):
                if not gone or entry.event.type == ERASED:
                    yield entry

    def _decisions(self, until: str | None) -> list[tuple[bytes, bytes]]:
        if until is None:
            return []
        found: list[Any] = self._client.xrange(self._keys.decisions, max=until)  # type: ignore[assignment]
        return [(position, fields.get(_DECISION, b"")) for position, fields in found]

    def _write(self, plan: _Plan, entries: Sequence[Entry], decisions: Sequence[tuple[bytes, bytes]]) -> None:
        found, name = self._rows(entries), plan.name
        reached = datetime.fromisoformat(plan.reached) if plan.reached else None
        if len(found.events):
            append_events(self._home, found.events, name, reached)
            self._advance(found.events["time"].max())
        if len(found.customers):
            append_customers(self._home, found.customers, name)
        if len(found.own):
            append_own(self._home, found.own, name, reached=reached)
        documents = self._documents(decisions)
        if documents:
            append_own(self._home, decision_frame(documents), name, "decisions", reached)

    def _rows(self, entries: Sequence[Entry]) -> Rows:
        """The rows of the entries, without those that cannot be kept, which are set aside."""
        known = self._aside.known(entries)
        kept = [entry for entry, gone in zip(entries, known, strict=True) if not gone]
        try:
            return rows_of(self._workspace, kept)
        except FAULTS:
            right: list[Entry] = []
            isolating_faults(kept, lambda part: right.extend(self._rowed(part)), self._set_aside)
            return rows_of(self._workspace, right)

    def _rowed(self, entries: Sequence[Entry]) -> Sequence[Entry]:
        rows_of(self._workspace, entries)
        return entries

    def _set_aside(self, entry: Entry, error: BaseException) -> None:
        with self._client.pipeline(transaction=True) as pipeline:
            letter = self._aside.put(pipeline, Found.of(entry), "record", error, self._clock.now())
            pipeline.execute()
        say(f"recorder: {letter.type} at {letter.position} is set aside: {letter.reason}")

    def _documents(self, decisions: Sequence[tuple[bytes, bytes]]) -> list[str]:
        """The documents of decisions, without those that cannot be kept, which are set aside."""
        right: list[str] = []

        def keep(part: Sequence[tuple[bytes, bytes]]) -> None:
            texts = [self._document(kept) for _, kept in part]
            decision_frame(texts)
            right.extend(texts)

        def refuse(one: tuple[bytes, bytes], error: BaseException) -> None:
            position, text = one[0].decode(), one[1].decode(errors="replace")
            event = Event(position, "nextlead/decisions", UNREADABLE, "", order(position)[0] * 1000, {})
            self._set_aside(Entry(-1, position, event, text), error)

        isolating_faults(decisions, keep, refuse)
        return right

    def _advance(self, newest: Any) -> None:
        """The record reaches at least to the newest event, and not further than now, whatever was noted before."""
        noted = self._home.observed_until
        reached = max(newest, min(noted, self._clock.now() + TOLERANCE))
        if reached != noted:
            self._home.set_observed_until(reached)
