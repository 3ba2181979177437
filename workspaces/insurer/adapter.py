"""Reads the insurer's two exports, customers and events, as Parquet or as delimited text (plain or gzipped)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import polars as pl

from features.tables import read_table
from leads.errors import InvalidInput
from leads.history import FILE, LAST_ROW, ROW, TIME, History

CUSTOMERS = pl.Schema(
    {
        "customer_id": pl.String(),
        "at": TIME,
        "channel": pl.String(),
        "region": pl.String(),
        "gender": pl.String(),
        "age": pl.Float64(),
        "children": pl.Float64(),
        "child_age_band": pl.String(),
        "occupation": pl.String(),
        "income_band": pl.String(),
        "car_owner": pl.Boolean(),
        "wecom_added": pl.Boolean(),
        "tenure_years": pl.Float64(),
        "segment": pl.String(),
        "language": pl.String(),
        "phone": pl.String(),
        "wechat": pl.String(),
        "email": pl.String(),
        "timezone": pl.String(),
        "consent_call": pl.Boolean(),
        "consent_wecom": pl.Boolean(),
        "consent_sms": pl.Boolean(),
    }
)

OPTIONAL = ("language",)
"""Columns that an export may lack: then nothing is known of them."""

EVENTS = pl.Schema(
    {
        "id": pl.String(),
        "source": pl.String(),
        "type": pl.String(),
        "customer_id": pl.String(),
        "time": TIME,
        "product": pl.String(),
        "channel": pl.String(),
        "disposition": pl.String(),
        "policy_id": pl.String(),
        "topic": pl.String(),
        "talk_seconds": pl.Float64(),
        "premium": pl.Float64(),
        "expires_at": TIME,
        "consent": pl.Boolean(),
    }
)

MORE = pl.Schema({"agent_id": pl.String()})
"""Columns of events that an export may have: who called."""

OBSERVED_UNTIL = "observed_until"
"""Key of the Parquet metadata that says how far the record reaches; without it, to the last row."""


def read(files: Sequence[Path]) -> History:
    """The history in these files: at least one of customers and one of events, told apart by their columns.

    Several files of a kind are put together. Files without the columns of the schemas above are refused. What texts say
    is read, and refused value by value, by whoever calls this.
    """
    frames = {path: _frame(Path(path)) for path in files}
    events = {path: frame for path, frame in frames.items() if {"type", "time"} <= set(frame.columns)}
    customers = {path: frame for path, frame in frames.items() if path not in events}
    happened = _together(events, EVENTS, "events")
    known = _together(customers, CUSTOMERS, "customers")
    return History(known, happened, _observed_until(list(events)))


def _frame(path: Path) -> pl.DataFrame:
    """One file with the places of its rows; in a delimited one every value is a text."""
    if path.suffix == ".parquet":
        return pl.read_parquet(path).with_columns(pl.lit(path.name).alias(FILE)).with_row_index(ROW, 1)
    return read_table(path, ("customer_id",))


def _together(frames: dict[Path, pl.DataFrame], schema: pl.Schema, kind: str) -> pl.DataFrame:
    if not frames:
        raise InvalidInput("files", kind, f"needs a file with the columns {', '.join(schema.names())}")
    chosen = [_chosen(frame, schema, path) for path, frame in frames.items()]
    return pl.concat(chosen, how="diagonal_relaxed")


def _chosen(frame: pl.DataFrame, schema: pl.Schema, path: Path) -> pl.DataFrame:
    """The columns of the schema, in its order, an optional one that is absent being null; then more that are there."""
    absent = [name for name in OPTIONAL if name in schema and name not in frame.columns]
    frame = frame.with_columns(pl.lit(None, schema[name]).alias(name) for name in absent)
    for name in schema.names():
        if name not in frame.columns:
            there = ", ".join(column for column in frame.columns if column not in (FILE, ROW))
            raise InvalidInput(name, str(path), f"missing column; found {there}")
    more = [name for name in MORE if name in frame.columns and "type" in schema]
    return frame.select(*schema.names(), *more, FILE, pl.col(ROW).cast(pl.Int64))


def _observed_until(paths: list[Path]) -> datetime:
    """What the export says, if it says anything."""
    said = [pl.read_parquet_metadata(path).get(OBSERVED_UNTIL) for path in paths if path.suffix == ".parquet"]
    return max((datetime.fromisoformat(text) for text in said if text), default=LAST_ROW).astimezone(UTC)
