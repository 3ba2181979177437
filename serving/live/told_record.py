"""The record of what ids told: of the lake, and of the streams what is not in it yet."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import polars as pl

from features.home import Home
from features.lake import ARRIVED, data_of, read_events_of, read_own_of
from features.own_events import COMPLETED, MERGED, UNMERGED
from leads.actions.reports import CALLED
from serving.calls.called import called
from serving.clock import microseconds
from serving.events.aside import Aside
from serving.events.stream import Event, Stream, order
from serving.recording.rows import event_frame
from serving.store.layout import StoreLayout

_TOLD = (COMPLETED, MERGED, UNMERGED)


class ToldRecord:
    """Reads it. recorded: whether what comes in is recorded in the lake."""

    def __init__(self, home: Home, stream: Stream, aside: Aside, layout: StoreLayout, recorded: bool) -> None:
        self._home = home
        self._stream = stream
        self._aside = aside
        self._layout = layout
        self._recorded = recorded

    def waiting(self, ids: Sequence[str]) -> list[tuple[Event, int, bool]]:
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

    def events(self, ids: Sequence[str], told: Sequence[tuple[Event, int]], now: datetime) -> pl.DataFrame:
        """Declared events that are applied, each once, in their order of arrival."""
        workspace = self._home.configuration.workspace
        declared = [(event, arrived) for event, arrived in told if event.type in workspace.events]
        places = pl.Series(ARRIVED, [arrived for _, arrived in declared], dtype=pl.Int64)
        live = event_frame(workspace, [event for event, _ in declared]).with_columns(places)
        lake = read_events_of(self._home, ids)
        if self._recorded:
            folded = self._layout.folded_to()
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

    def own(
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


def _event_of(row: Mapping[str, Any]) -> Event:
    """An own event from its row."""
    return Event(
        row["id"], row["source"], row["type"], row["customer_id"], microseconds(row["time"]), data_of(row["data"])
    )
