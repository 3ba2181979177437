"""Reads the insurer's two exports, customers and events, as Parquet or CSV (plain or gzipped)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import polars as pl

from features.tables import read_texts
from leads.errors import InvalidInput
from leads.history import TIME, History

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

OBSERVED_UNTIL = "observed_until"
"""Key of the Parquet metadata that says how far the record reaches; without it, to the last event or row."""


def read(files: Sequence[Path]) -> History:
    """The history in these files: at least one of customers and one of events, told apart by their columns.

    Several files of a kind are put together. Files without the columns of the schemas above are refused.
    """
    frames = {path: _frame(Path(path)) for path in files}
    events = {path: frame for path, frame in frames.items() if {"type", "time"} <= set(frame.columns)}
    customers = {path: frame for path, frame in frames.items() if path not in events}
    happened = _together(events, EVENTS, "events").sort("time", maintain_order=True)
    known = _together(customers, CUSTOMERS, "customers").sort("customer_id", "at", maintain_order=True)
    return History(known, happened, _observed_until(list(events), happened, known))


def _frame(path: Path) -> pl.DataFrame:
    """One file; in CSV every value is text until its column is known."""
    if path.suffix == ".parquet":
        return pl.read_parquet(path)
    if path.suffixes[-1:] == [".csv"] or path.suffixes[-2:] == [".csv", ".gz"]:
        return read_texts(path, "a comma-separated file with a header")
    raise InvalidInput("file", str(path), "a .parquet, .csv or .csv.gz file")


def _together(frames: dict[Path, pl.DataFrame], schema: pl.Schema, kind: str) -> pl.DataFrame:
    if not frames:
        raise InvalidInput("files", kind, f"needs a file with the columns {', '.join(schema.names())}")
    return pl.concat([_typed(frame, schema, path) for path, frame in frames.items()])


def _typed(frame: pl.DataFrame, schema: pl.Schema, path: Path) -> pl.DataFrame:
    """The columns of the schema, in its order and types; an optional one that is absent is null."""
    absent = [name for name in OPTIONAL if name in schema and name not in frame.columns]
    frame = frame.with_columns(pl.lit(None, schema[name]).alias(name) for name in absent)
    for name in schema.names():
        if name not in frame.columns:
            raise InvalidInput(name, str(path), f"missing column; found {', '.join(frame.columns)}")
    return frame.select(_column(frame, name, dtype, path) for name, dtype in schema.items())


def _column(frame: pl.DataFrame, name: str, dtype: pl.DataType, path: Path) -> pl.Series:
    """One column as its type; a value that is not of it is refused."""
    column = frame[name]
    if column.dtype == dtype:
        return column
    typed = frame.select(_expression(pl.col(name), column.dtype, dtype)).to_series()
    lost = column.filter(typed.is_null() & column.is_not_null())
    if len(lost):
        raise InvalidInput(f"{Path(path).name}: {name}", lost[0], f"must be {dtype}")
    return typed


def _expression(column: pl.Expr, found: pl.DataType, wanted: pl.DataType) -> pl.Expr:
    if found == pl.String and wanted == TIME:
        return column.str.to_datetime(time_unit="us", time_zone="UTC", strict=False)
    if found == pl.String and wanted == pl.Boolean:
        return column.str.to_lowercase().replace_strict(
            {"true": True, "false": False, "1": True, "0": False}, default=None, return_dtype=pl.Boolean
        )
    return column.cast(wanted, strict=False)


def _observed_until(paths: list[Path], events: pl.DataFrame, customers: pl.DataFrame) -> datetime:
    """What the export says, or else the last thing it knows."""
    said = [pl.read_parquet_metadata(path).get(OBSERVED_UNTIL) for path in paths if path.suffix == ".parquet"]
    told = [datetime.fromisoformat(text) for text in said if text]
    last = (events["time"].max(), customers["at"].max())
    known = [moment for moment in last if isinstance(moment, datetime)]
    return max(told or known, default=datetime.fromtimestamp(0, UTC)).astimezone(UTC)
