"""Into the lake: what was applied is recorded as Parquet, and only then leaves the streams."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from uuid import uuid4

import polars as pl

from features.home import Home
from features.lake import append_customers, append_events
from leads.history import TIME
from leads.workspace import Workspace
from serving.clock import from_microseconds
from serving.contacts import Contact, contact_frame
from serving.digest import digest_of
from serving.stream import Entry, Event

CHANGED, MERGED, ERASED = "customer.changed", "customer.merged", "customer.erased"
"""The product's own events that change who a customer is."""


def event_frame(workspace: Workspace, events: Sequence[Event]) -> pl.DataFrame:
    """Events in the schema of the events frame; times among the data are microseconds."""
    columns = []
    for name, dtype in workspace.event_schema.items():
        if name in ("id", "source", "type", "customer_id", "time"):
            values = [getattr(event, name) for event in events]
        else:
            values = [event.data.get(name) for event in events]
        if dtype.is_temporal():
            columns.append(pl.Series(name, values, dtype=pl.Int64).cast(dtype))
        else:
            columns.append(pl.Series(name, values, dtype=dtype, strict=False))
    return pl.DataFrame(columns)


class Recorder:
    """Collects applied entries and writes them in few files."""

    def __init__(self, home: Home) -> None:
        self._home = home
        self._workspace = home.configuration.workspace
        self._events: list[Event] = []
        self._positions: dict[int, str] = {}

    def add(self, entries: Sequence[Entry]) -> None:
        """Entries in their order, their customers as they stood when they came."""
        self._events += [entry.event for entry in entries]
        self._positions |= {entry.partition: entry.position for entry in entries}

    @property
    def waiting(self) -> int:
        return len(self._events)

    def flush(self) -> Mapping[int, str]:
        """Write what waits; per partition how far the lake reaches now."""
        declared = [event for event in self._events if event.type in self._workspace.events]
        if declared:
            append_events(self._home, event_frame(self._workspace, declared))
            self._advance(max(event.time for event in declared))
        changed = [Contact(**event.data["contact"]) for event in self._events if event.type == CHANGED]
        if changed:
            append_customers(self._home, contact_frame(self._workspace, changed))
        own = [event for event in self._events if event.type not in self._workspace.events and event.type != CHANGED]
        if own:
            self._append_own(own)
        positions, self._events, self._positions = self._positions, [], {}
        return positions

    def _advance(self, time: int) -> None:
        """The record reaches at least to the newest event."""
        moment = from_microseconds(time)
        if moment > self._home.observed_until:
            self._home.set_observed_until(moment)

    def _append_own(self, events: Sequence[Event]) -> None:
        rows = [(e.id, e.source, e.type, _kept_id(e), e.time, json.dumps(dict(e.data))) for e in events]
        names = ("id", "source", "type", "customer_id", "time", "data")
        frame = pl.DataFrame(rows, schema=names, orient="row").with_columns(pl.col("time").cast(TIME))
        write_parquet(self._home, "own", frame)


def _kept_id(event: Event) -> str:
    """A tombstone outlives the customer's rows, and names nobody."""
    return digest_of(event.customer_id) if event.type == ERASED else event.customer_id


def write_parquet(home: Home, folder: str, frame: pl.DataFrame) -> None:
    """A file of the product's own under the lake, whole or not at all, by date."""
    dated = frame.with_columns(pl.col("time").dt.date().alias("date"))
    for (date,), part in dated.partition_by("date", as_dict=True).items():
        target = home.lake / folder / f"date={date}"
        target.mkdir(parents=True, exist_ok=True)
        name = f"{uuid4().hex}.parquet"
        part.drop("date").write_parquet(target / f".{name}.part")
        (target / f".{name}.part").replace(target / name)


def read_own(home: Home, *types: str) -> pl.DataFrame:
    """The product's own events of some types, oldest first, each once."""
    files = sorted((home.lake / "own").glob("date=*/*.parquet"))
    if not files:
        schema = dict.fromkeys(("id", "source", "type", "customer_id"), pl.String()) | {"time": TIME}
        return pl.DataFrame(schema=schema | {"data": pl.String()})
    frame = pl.scan_parquet(files, hive_partitioning=False).filter(pl.col("type").is_in(list(types))).collect()
    return frame.unique(["source", "id"], maintain_order=True).sort("time")


def erase_from_lake(home: Home, customer_ids: Sequence[str]) -> int:
    """Remove every row of the customers from the lake and the history; how many files held one."""
    found = 0
    for folder in (home.lake, home.history):
        for path in sorted(folder.rglob("*.parquet")):
            mine = pl.col("customer_id").is_in(list(customer_ids))
            if "customer_id" not in pl.read_parquet_schema(path):
                continue
            frame = pl.scan_parquet(path, hive_partitioning=False)
            if frame.filter(mine).select(pl.len()).collect().item() == 0:
                continue
            hidden = path.with_name(f".{path.name}.part")
            frame.filter(~mine).collect().write_parquet(hidden, compression="zstd", compression_level=1)
            hidden.replace(path)
            found += 1
    return found
