"""The lake: every event and every customer record as Parquet, the source from which all else can be rebuilt."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from uuid import uuid4

import polars as pl

from features.home import Home
from leads.history import History
from leads.workspace import Workspace


def append_events(home: Home, events: pl.DataFrame) -> None:
    """Add events (schema `workspace.event_schema`) under `lake/events/date=…/`, a file per date and call."""
    dated = events.with_columns(pl.col("time").dt.date().cast(pl.String).alias("date"))
    for (date,), part in dated.partition_by("date", as_dict=True).items():
        _write(home.lake / "events" / f"date={date}", part.drop("date"))


def append_customers(home: Home, customers: pl.DataFrame) -> None:
    """Add customer records (schema `workspace.customer_schema`) under `lake/customers/`."""
    _write(home.lake / "customers", customers)


def _write(folder: Path, frame: pl.DataFrame) -> None:
    """A file appears whole or not at all."""
    folder.mkdir(parents=True, exist_ok=True)
    name = f"{uuid4().hex}.parquet"
    hidden = folder / f".{name}.part"
    frame.write_parquet(hidden, compression="zstd", compression_level=1)
    hidden.replace(folder / name)


def read_events(home: Home, since: datetime | None = None, until: datetime | None = None) -> pl.DataFrame:
    """Events with `since` < time ≤ `until`, each (source, id) once, ordered by time then id."""
    schema = home.configuration.workspace.event_schema
    files = sorted((home.lake / "events").glob("date=*/*.parquet"))
    if since is not None or until is not None:
        files = [file for file in files if _may_hold(file.parent.name.removeprefix("date="), since, until)]
    if not files:
        return pl.DataFrame(schema=schema)
    lazy = pl.scan_parquet(files, hive_partitioning=False)
    if since is not None:
        lazy = lazy.filter(pl.col("time") > since)
    if until is not None:
        lazy = lazy.filter(pl.col("time") <= until)
    found = lazy.select(list(schema)).collect()
    return found.unique(["source", "id"], keep="any").sort("time", "source", "id")


def _may_hold(date: str, since: datetime | None, until: datetime | None) -> bool:
    after = since is None or date >= since.date().isoformat()
    return after and (until is None or date <= until.date().isoformat())


def read_customers(home: Home, until: datetime | None = None) -> pl.DataFrame:
    """Customer records known by `until`, ordered by customer and time; the last of two at the same time counts."""
    files = sorted((home.lake / "customers").glob("*.parquet"), key=lambda file: file.stat().st_mtime_ns)
    schema = home.configuration.workspace.customer_schema
    if not files:
        return pl.DataFrame(schema=schema)
    lazy = pl.scan_parquet(files).select(list(schema))
    if until is not None:
        lazy = lazy.filter(pl.col("at") <= until)
    return lazy.collect().unique(["customer_id", "at"], keep="last", maintain_order=True).sort("customer_id", "at")


def import_history(home: Home, history: History) -> None:
    """Put an adapter's history into the lake. Importing the same files again changes nothing that is read."""
    append_customers(home, history.customers)
    append_events(home, history.events)


def latest_profiles(workspace: Workspace, customers: pl.DataFrame) -> pl.DataFrame:
    """Each customer's newest record, one row per customer, ordered by customer id."""
    return (
        customers.sort("customer_id", "at")
        .group_by("customer_id", maintain_order=True)
        .last()
        .select(list(workspace.customer_schema))
    )
