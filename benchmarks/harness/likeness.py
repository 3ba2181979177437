"""New events that look like those a home has, for any of its customers alike."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np
import polars as pl

from features.home import Home
from features.lake import read_customers, read_events
from leads.history import TIME

SOURCE = "bench"
_SAMPLED = timedelta(days=7)
"""The newest part of the record that events are modelled on."""


@dataclass(frozen=True)
class Likeness:
    """What new events are drawn from: the home's customers, and events of its last days."""

    customers: pl.Series
    newest: pl.DataFrame

    def events(self, count: int, seed: int, first: datetime, seconds: float) -> pl.DataFrame:
        """`count` events spread over so many seconds from `first`; a seed's ids are its own."""
        rng = np.random.default_rng(seed)
        chosen = self.newest[rng.integers(0, len(self.newest), count)]
        times = int(first.timestamp() * 1e6) + (np.arange(count) * (seconds * 1e6 / count)).astype(np.int64)
        return chosen.with_columns(
            pl.Series("id", [f"{seed}-{i}" for i in range(count)]),
            pl.lit(SOURCE).alias("source"),
            self.customers[rng.integers(0, len(self.customers), count)].alias("customer_id"),
            pl.Series("time", times).cast(TIME),
        )


def likeness_of(home: Home) -> Likeness:
    """Of the home as it was imported: what benchmarks added does not count."""
    newest = read_events(home, since=home.observed_until - _SAMPLED).filter(pl.col("source") != SOURCE)
    return Likeness(read_customers(home)["customer_id"].unique().sort(), newest)
