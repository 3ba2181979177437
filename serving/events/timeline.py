"""What happened with a customer: the newest events from the hot store, older ones from the lake."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any

import polars as pl
import redis
from typing_extensions import TypedDict

from features.home import Home
from features.lake import data_of, steady
from features.lake_files import require_sound, sources
from features.own_events import CHANGED, DIALLED, NUMBER_WRONG, RESTS, SET_ASIDE, fault_of
from leads.configuration.workspace import Workspace
from leads.errors import DamagedFiles
from serving.clock import from_microseconds, written
from serving.events.stream import Event
from serving.meaning import Time
from serving.store.keyspace import Keyspace
from serving.store.personal import personal
from serving.store.scripts import Scripts

DECIDED = "decision.made"
"""The type of the event that tells of a decision."""

UNSHOWN = (CHANGED, RESTS, DIALLED, NUMBER_WRONG, SET_ASIDE)
"""Own events that are bookkeeping: no timeline shows them."""


class HotTimelines:
    """The newest events of customers, where they are live; each customer's under the id that survives."""

    def __init__(self, client: redis.Redis, keyspace: Keyspace, scripts: Scripts) -> None:
        self._client = client
        self._keys = keyspace
        self._scripts = scripts

    def add(self, pipeline: Any, events: Sequence[tuple[str, Event]]) -> None:
        """Add events as they came, each to the timeline of a surviving id; adding one again changes nothing."""
        shown = [(name, event) for name, event in events if event.type not in UNSHOWN]
        if shown:
            arguments = [part for name, event in shown for part in (name, event.time, event.kept())]
            self._scripts.run("timeline", *arguments, pipeline=pipeline)

    def move(self, pipeline: Any, customer_id: str, into: str) -> None:
        """After a merge, all is the surviving customer's."""
        target, gone = self._keys.timeline(into), self._keys.timeline(customer_id)
        pipeline.zunionstore(target, [target, gone], aggregate="MAX")
        pipeline.delete(gone)

    def split(self, pipeline: Any, events: Sequence[Event], into: Mapping[str, str]) -> None:
        """Ids that were one are not any more: each has its own events again. into: id → the one that survives."""
        pipeline.delete(*map(self._keys.timeline, into))
        self.add(pipeline, [(into[event.customer_id], event) for event in events if event.customer_id in into])

    def change(self, customer_ids: Sequence[str], changed: Callable[[Event], Event]) -> None:
        """Have the entries of surviving ids say what `changed` makes of them."""
        for name in map(self._keys.timeline, customer_ids):
            self._client.transaction(partial(_change, name=name, changed=changed), name)

    def drop(self, customer_ids: Sequence[str], over: Callable[[Event], bool]) -> None:
        """Take out of the timelines of surviving ids what is over."""
        for name in map(self._keys.timeline, dict.fromkeys(customer_ids)):
            texts: list[bytes] = self._client.zrange(name, 0, -1)  # type: ignore[assignment]
            gone = [text for text in texts if over(Event.read(text))]
            if gone:
                self._client.zrem(name, *map(personal, gone))

    def kept(self, customer_ids: Sequence[str]) -> list[Event]:
        """All events that are kept of these ids, as they came."""
        with self._client.pipeline(transaction=False) as pipeline:
            for customer_id in customer_ids:
                pipeline.zrange(self._keys.timeline(customer_id), 0, -1)
            return [Event.read(text) for texts in pipeline.execute() for text in texts]

    def decisions(self, customer_id: str) -> list[str]:
        """The ids of decisions that events of a customer name."""
        texts: list[bytes] = self._client.zrange(self._keys.timeline(customer_id), 0, -1)  # type: ignore[assignment]
        kept = [json.loads(text) for text in texts]
        return [name for event in kept if (name := event["data"].get("decision_id")) is not None]


def _change(pipeline: Any, name: str, changed: Callable[[Event], Event]) -> None:
    entries: list[tuple[bytes, float]] = pipeline.zrange(name, 0, -1, withscores=True)
    new = {text: changed(event) for text, _ in entries if changed(event := Event.read(text)) != event}
    pipeline.multi()
    if new:
        pipeline.zrem(name, *map(personal, new))
        pipeline.zadd(name, {new[text].kept(): score for text, score in entries if text in new})


class TimelineEvent(TypedDict):
    id: str
    source: str
    type: str
    time: Time
    data: dict[str, Any]


class Timelines:
    """What happened with customers, from store and lake."""

    def __init__(self, client: redis.Redis, keyspace: Keyspace, home: Home) -> None:
        self._client = client
        self._keys = keyspace
        self._home = home

    def read(self, customer_ids: Sequence[str], now: datetime, limit: int) -> tuple[list[TimelineEvent], bool]:
        """The newest `limit` events of a customer and of those merged into them, newest first; and whether that is
        all: events in a file of the lake that cannot be read are missing.
        """
        workspace, complete = self._home.configuration.workspace, True
        found: dict[tuple[str, str], TimelineEvent] = {}
        for text in self._client.zrevrange(self._keys.timeline(customer_ids[0]), 0, limit - 1):  # type: ignore[union-attr]
            event = Event.read(text)
            found[event.source, event.id] = _shown(workspace, event)
        if len(found) < limit:
            recorded, complete = _recorded(self._home, customer_ids, now, limit)
            for event in recorded:
                found.setdefault((event.source, event.id), _shown(workspace, event))
        return sorted(found.values(), key=lambda row: (row["time"], row["id"]), reverse=True)[:limit], complete

    def recorded(self, customer_ids: Collection[str], types: Collection[str], now: datetime) -> list[Event]:
        """All events of these types of these ids that the lake has; those in files that cannot be read are missing."""
        if not customer_ids:
            return []
        wanted = pl.col("customer_id").is_in(list(customer_ids)) & pl.col("type").is_in(list(types))

        def read(damaged: Collection[Path]) -> list[Event]:
            found = _found(self._home, "events", damaged, wanted & (pl.col("time") <= now))
            return [] if found is None else [*map(_event, _micros(found.collect()).iter_rows(named=True))]

        return _readable(self._home, read)[0]


def _recorded(home: Home, customer_ids: Sequence[str], now: datetime, limit: int) -> tuple[list[Event], bool]:
    """The newest events of the lake, the product's own among them, and whether every file could be read."""
    wanted = pl.col("customer_id").is_in(list(customer_ids)) & (pl.col("time") <= now)
    shown = wanted & ~pl.col("type").is_in(UNSHOWN)

    def read(damaged: Collection[Path]) -> list[Event]:
        declared = _newest(home, "events", damaged, wanted, limit).iter_rows(named=True)
        own = filter(_is_sound, _newest(home, "own", damaged, shown, limit).iter_rows(named=True))
        decisions = _newest(home, "decisions", damaged, wanted, limit).iter_rows(named=True)
        return [*map(_event, declared), *map(_own, own), *map(_decided, decisions)]

    return _readable(home, read)


def _readable(home: Home, read: Callable[[Collection[Path]], list[Event]]) -> tuple[list[Event], bool]:
    """What can be read of the lake, and whether that is all. read: it with these files left out, which are damaged."""
    try:
        return steady(home, lambda: read(())), True
    except DamagedFiles as error:
        damaged = {home.folder / name for name in error.names}
        return steady(home, lambda: read(damaged)), False


def _newest(home: Home, part: str, damaged: Collection[Path], wanted: pl.Expr, limit: int) -> pl.DataFrame:
    """Rows of a part of the lake, times in microseconds: twice as many as asked for, since some are there twice."""
    found = _found(home, part, damaged, wanted)
    return pl.DataFrame() if found is None else _micros(found.sort("time", descending=True).head(2 * limit).collect())


def _found(home: Home, part: str, damaged: Collection[Path], wanted: pl.Expr) -> pl.LazyFrame | None:
    """Rows of a part of the lake, None where it has no file."""
    files = [file for file in sorted((home.lake / part).glob("date=*/*.parquet")) if file not in damaged]
    if not files:
        return None
    require_sound(files)
    lazy = pl.scan_parquet(sources(files), hive_partitioning=False, missing_columns="insert", extra_columns="ignore")
    return lazy.filter(wanted)


def _micros(frame: pl.DataFrame) -> pl.DataFrame:
    return frame.with_columns(pl.col(pl.Datetime).to_physical())


def _event(row: Mapping[str, Any]) -> Event:
    fixed = ("id", "source", "type", "customer_id", "time")
    data = {name: value for name, value in row.items() if name not in fixed and value is not None}
    return Event(row["id"], row["source"], row["type"], row["customer_id"], row["time"], data)


def _is_sound(row: Mapping[str, Any]) -> bool:
    return fault_of(row["type"], row["id"], row["source"], row["customer_id"], row["data"]) is None


def _own(row: Mapping[str, Any]) -> Event:
    return Event(row["id"], row["source"], row["type"], row["customer_id"], row["time"], data_of(row["data"]))


def _decided(row: Mapping[str, Any]) -> Event:
    document = json.loads(row["document"])
    return decided(row["customer_id"], row["time"], row["id"], document["arm"], document["chosen"])


def decided(customer_id: str, time: int, decision_id: str, arm: str, chosen: Sequence[Mapping[str, Any]]) -> Event:
    """The own event that tells of a decision of the ledger; chosen: what was offered."""
    told = {"decision_id": decision_id, "arm": arm, "actions": [offer["action"] for offer in chosen]}
    return Event(decision_id, "nextlead/decisions", DECIDED, customer_id, time, told)


def _shown(workspace: Workspace, event: Event) -> TimelineEvent:
    """An event for people and programs to read: times as RFC 3339 writes them."""
    return {
        "id": event.id,
        "source": event.source,
        "type": event.type,
        "time": written(from_microseconds(event.time)),
        "data": {name: _said(workspace, name, value) for name, value in event.data.items()},
    }


def _said(workspace: Workspace, name: str, value: Any) -> Any:
    """A field's value; a time is kept in microseconds, and an event of our own tells one as it is written."""
    declared = workspace.fields.get(name)
    timed = declared is not None and declared.type == "time" and isinstance(value, int)
    return written(from_microseconds(value)) if timed else value
