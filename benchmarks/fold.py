"""History folded into state rows: events per second, and the bar of 5M events in 60 s."""

from __future__ import annotations

import time
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import polars as pl

from benchmarks.harness.events import START, random_events
from features.configuration import load
from features.history import build
from features.home import Home
from features.lake import append_customers, append_events

SIZE = 5_000_000


def run(size: int = SIZE) -> dict[str, Any]:
    """Fold `size` events of the insurer workspace, 40 a customer, from the lake to the history views on disk."""
    configuration = load("insurer")
    with TemporaryDirectory() as folder:
        home = Home.create(Path(folder) / "home", configuration, START)
        events = random_events(configuration.workspace, size, max(size // 40, 1), np.random.default_rng(7))
        append_events(home, events)
        schema = configuration.workspace.customer_schema
        customers = pl.DataFrame({"customer_id": events["customer_id"].unique()}).with_columns(
            pl.lit(START).cast(schema["at"]).alias("at"),
            *(pl.lit(None, dtype).alias(name) for name, dtype in schema.items() if name not in ("customer_id", "at")),
        )
        append_customers(home, customers.select(list(schema)))
        del events
        started = time.perf_counter()
        build(home)
        seconds = time.perf_counter() - started
        written = sum(path.stat().st_size for path in home.history.rglob("*.parquet"))
    columns = len(configuration.layout.interactions.columns) + len(configuration.layout.standing.columns)
    return {
        "events": size, "state_columns": columns, "seconds": round(seconds, 2),
        "events_per_second": round(size / seconds), "megabytes": round(written / 1e6), "bar_seconds": 60,
    }  # fmt: skip
