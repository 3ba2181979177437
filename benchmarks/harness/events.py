"""Random histories of any size, quick to make, for benchmarks that must not wait for a simulator."""

from __future__ import annotations

from datetime import UTC, datetime

import numpy as np
import polars as pl

from leads.configuration.workspace import Workspace
from leads.history import TIME

START = datetime(2025, 1, 1, tzinfo=UTC)
_YEAR = 365 * 86_400


def random_events(workspace: Workspace, count: int, customers: int, rng: np.random.Generator) -> pl.DataFrame:
    """`count` events of all declared types over a year and so many customers, with fields filled at random."""
    kinds = np.array(list(workspace.events))
    columns: dict[str, pl.Series] = {
        "id": pl.int_range(count, eager=True).cast(pl.String),
        "source": pl.repeat("bench", count, eager=True),
        "type": pl.Series(kinds[rng.integers(0, len(kinds), count)]),
        "customer_id": "C" + pl.Series(rng.integers(0, customers, count)).cast(pl.String),
        "time": pl.Series(int(START.timestamp() * 1e6) + rng.integers(0, _YEAR, count) * 1_000_000).cast(TIME),
    }
    columns |= _fields(workspace, count, rng)
    schema = workspace.event_schema
    return pl.DataFrame([
        columns.get(name, pl.Series([None], dtype=dtype).new_from_index(0, count)).cast(dtype).alias(name)
        for name, dtype in schema.items()
    ])  # fmt: skip


def _fields(workspace: Workspace, count: int, rng: np.random.Generator) -> dict[str, pl.Series]:
    choices = {
        "product": list(workspace.products),
        "channel": list(workspace.channels),
        "disposition": ["interested", "not_interested", "no_answer", "callback", "sale"],
    }
    found = {
        name: pl.Series(np.array(options)[rng.integers(0, len(options), count)])
        for name, options in choices.items()
        if name in workspace.fields and options
    }
    numbers = [field.name for field in workspace.fields.values() if field.type == "number"]
    flags = [field.name for field in workspace.fields.values() if field.type == "boolean"]
    found |= {name: pl.Series(rng.random(count) < 0.5) for name in flags}
    return found | {name: pl.Series(rng.gamma(2.0, 60.0, count)) for name in numbers}
