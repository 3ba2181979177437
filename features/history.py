"""History: a state row per event, so that a point-in-time join finds the state before any moment."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import numpy as np
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq

from features.columns import event_columns
from features.configuration import Configuration
from features.consents import with_times
from features.fold import fold, run
from features.home import Home
from features.lake import read_customers, read_events
from features.layout import FeatureLayout
from features.slots import StateLayout
from leads.configuration.workspace import Workspace

LAYOUT = "layout"
"""The file that names the layout of the built views."""

CHUNK = 250_000
"""Events per chunk: bounds memory, whatever the history's length."""


def state_rows(workspace: Workspace, layout: StateLayout, events: pl.DataFrame) -> Iterator[pl.DataFrame]:
    """The state after each event that changes it: `customer_id, at` and the layout's columns, in chunks.

    Of several events of a customer at the same time only the last state is given. Rows come ordered by customer,
    then time; events may come in any order.
    """
    for part, codes in _parts(layout, events):
        states = run(layout, codes, event_columns(workspace, part))
        keys = part.select("customer_id", pl.col("time").alias("at"))
        final = np.append((codes[1:] != codes[:-1]) | _moves(keys["at"]), True)
        columns = [pl.Series(name, states[:, i]) for i, name in enumerate(layout.columns)]
        rows = keys.hstack(columns)
        yield rows if final.all() else rows.filter(pl.Series(final))


def states_by(workspace: Workspace, layout: StateLayout, events: pl.DataFrame, moments: pl.DataFrame) -> np.ndarray:
    """The state at each moment (`customer_id, at`), after all events at or before it: (n, width), blank where there
    were none. The same as the last of `state_rows` by then, without those that nobody asked for.
    """
    out: np.ndarray = np.tile(layout.blank, (len(moments), 1))
    asked = moments.select("customer_id", "at").with_row_index("place").sort("at")
    for part, codes in _parts(layout, events):
        keys = part.select("customer_id", pl.col("time").alias("at")).with_row_index("row").sort("at", "row")
        theirs = asked.join(keys.select("customer_id").unique(), on="customer_id", how="semi", maintain_order="left")
        found = theirs.join_asof(keys, on="at", by="customer_id", check_sortedness=False).drop_nulls("row")
        rows = found["row"].to_numpy().astype(np.int64)
        out[found["place"].to_numpy()] = run(layout, codes, event_columns(workspace, part), rows)
    return out


def _parts(layout: StateLayout, events: pl.DataFrame) -> Iterator[tuple[pl.DataFrame, np.ndarray]]:
    """The events that the layout keeps something of, ordered by customer, then time, in chunks; and a number of the
    customer for each.
    """
    touching = events.filter(pl.col("type").is_in(sorted(layout.events)))
    touching = touching.sort("customer_id", "time", maintain_order=False)
    codes = touching["customer_id"].rle_id().to_numpy()
    for start, stop in _chunks(codes):
        yield touching[start:stop], codes[start:stop]


def _moves(at: pl.Series) -> np.ndarray:
    times = at.to_physical().to_numpy()
    return np.asarray(times[1:] != times[:-1])


def _chunks(codes: np.ndarray) -> Iterator[tuple[int, int]]:
    """Ranges of about `CHUNK` events that never split a customer."""
    start = 0
    while start < len(codes):
        stop = min(start + CHUNK, len(codes))
        if stop < len(codes):
            stop = int(np.searchsorted(codes, codes[stop - 1], side="right"))
        yield start, stop
        start = stop


def build(home: Home, until: datetime | None = None) -> None:
    """Write the history views under `home.history` from the lake: `profile`, `interactions`, `standing`."""
    write_views(home.history, home.configuration, read_events(home, until=until), read_customers(home, until))
    (home.history / LAYOUT).write_text(home.configuration.layout.digest, encoding="utf-8")


def write_views(folder: Path, configuration: Configuration, events: pl.DataFrame, customers: pl.DataFrame) -> None:
    """Write the three views of these events and customer records into a folder."""
    fields = list(configuration.workspace.event_schema)
    ordered = events.select(fields[2:]).sort("customer_id", "time")
    layout = configuration.layout
    for view in (layout.interactions, layout.standing):
        _write_view(folder / view.name, _schema(view), state_rows(configuration.workspace, view, ordered))
    _write_view(folder / "profile", None, iter([profile_rows(layout, customers)]))


def is_current(home: Home) -> bool:
    """Whether the history views were built, and under the layout that the configuration asks for."""
    built = home.history / LAYOUT
    return built.is_file() and built.read_text(encoding="utf-8") == home.configuration.layout.digest


def profile_rows(layout: FeatureLayout, customers: pl.DataFrame) -> pl.DataFrame:
    """The profile view: `customer_id, at`, and what is kept of a profile."""
    return with_times(layout.workspace.purposes, customers).select("customer_id", "at", *layout.kept_profile)


def _schema(view: StateLayout) -> pa.Schema:
    keys = [("customer_id", pa.large_string()), ("at", pa.timestamp("us", "UTC"))]
    return pa.schema([*keys, *((column, pa.float64()) for column in view.columns)])


def _write_view(folder: Path, schema: pa.Schema | None, frames: Iterator[pl.DataFrame]) -> None:
    """One Parquet file per view, replaced whole."""
    folder.mkdir(parents=True, exist_ok=True)
    hidden = folder / ".states.parquet.part"
    writer: pq.ParquetWriter | None = None
    try:
        for frame in frames:
            table = frame.to_arrow()
            schema = schema or table.schema
            writer = writer or _writer(hidden, schema)
            writer.write_table(table.cast(schema))
        if writer is None and schema is not None:
            writer = _writer(hidden, schema)
            writer.write_table(schema.empty_table())
    finally:
        if writer is not None:
            writer.close()
    shutil.move(hidden, folder / "states.parquet")


def _writer(path: Path, schema: pa.Schema) -> pq.ParquetWriter:
    """Plain pages under LZ4: neighbouring rows repeat, and dictionaries of float states cost more than they save."""
    return pq.ParquetWriter(path, schema, compression="lz4", use_dictionary=["customer_id"])


def states_at(workspace: Workspace, layout: StateLayout, customers: pl.Series, events: pl.DataFrame) -> np.ndarray:
    """The folded state of each customer after all the events, taken in their order: (n, width), as `customers` come."""
    touching = events.filter(pl.col("type").is_in(sorted(layout.events)))
    position = pl.DataFrame({"customer_id": customers}).with_row_index("row")
    joined = touching.join(position, on="customer_id", how="inner", maintain_order="left")
    state = layout.empty(len(customers))
    return fold(layout, state, joined["row"].to_numpy().astype(np.int64), event_columns(workspace, joined))
