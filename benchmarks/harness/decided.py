"""A ledger of any size: decisions of a home, told again of other customers at other times, written in shards."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

import numpy as np
import polars as pl

from features.home import Home
from features.lake import read_customers
from features.lake_files import write_file
from leads.errors import InvalidInput
from leads.history import TIME
from monitoring.record.tables import Tables, reading
from serving.clock import written
from serving.recording.rows import decision_frame

SHARD = 5_000
"""Decisions of a file."""

BODIES = 10
"""Times that each of the decisions there are is told with other numbers."""

DAYS = 90
"""Days back over which they are spread."""

Say = Callable[[str, float], None]


def decided(home: Home, many: int, report: Say, seed: int = 3) -> None:
    """Add so many decisions up to the end of the record: of drawn customers, at drawn times, in drawn arms, each with a
    document as long as a real one.

    Raises InvalidInput for a home in which nothing was decided yet.
    """
    rng, end = np.random.default_rng(seed), home.observed_until
    documents = reading(home, end + timedelta(days=365), _documents)
    if not documents:
        raise InvalidInput("home", str(home.folder), "one in which decisions were made, such as var/demo")
    bodies = _bodies(rng, documents)
    names = read_customers(home, end)["customer_id"].unique().sort()
    for first in range(0, many, SHARD):
        report("a ledger", first / many)
        size = min(SHARD, many - first)
        ago = np.sort(rng.uniform(first, first + size, size) / many * DAYS)[::-1]
        frame = _told(rng, bodies, names, [end - timedelta(days=days) for days in ago])
        folder = home.lake / "decisions" / f"date={frame['time'][-1]:%Y-%m-%d}"
        folder.mkdir(parents=True, exist_ok=True)
        write_file(folder / f"ledger-{first:09d}.parquet", frame)


def _documents(tables: Tables) -> Sequence[str]:
    found = tables.frame(f"SELECT id FROM ({tables.decisions()}) ORDER BY id LIMIT 200")
    return tables.documents(found["id"].to_list())["document"].to_list()


_NEW = ("id", "customer_id", "at", "arm")
"""What of a decision is told anew, at the beginning of its document."""


def _bodies(rng: np.random.Generator, documents: Sequence[str]) -> pl.DataFrame:
    """Decisions as the lake keeps them, many of each, with numbers of their own; `body` is the rest of the document."""
    bodies = []
    repeated = [*documents] * BODIES
    for document in repeated:
        told = json.loads(document)
        inputs = {
            name: value * rng.uniform(0.5, 1.5) if isinstance(value, float) else value
            for name, value in told["inputs"].items()
        }
        rest = {name: value for name, value in told.items() if name not in _NEW} | {"inputs": inputs}
        bodies.append(json.dumps(rest, ensure_ascii=False, separators=(",", ":"))[1:])
    return decision_frame(repeated).with_columns(pl.Series("body", bodies))


def _told(rng: np.random.Generator, bodies: pl.DataFrame, names: pl.Series, at: Sequence[datetime]) -> pl.DataFrame:
    """Decisions at these times, of drawn customers in drawn arms."""
    many = len(at)
    drawn = bodies[rng.integers(0, len(bodies), many)].with_columns(
        pl.Series("id", [f"dec-{rng.bytes(16).hex()}" for _ in at]),
        pl.Series("customer_id", names[rng.integers(0, len(names), many)]),
        pl.Series("time", at, dtype=TIME),
        pl.Series("at", [written(each) for each in at]),
        pl.Series("arm", np.where(rng.random(many) < 0.05, "control", "treatment")),
    )
    new = [pl.format('"{}":"{}",', pl.lit(name), name) for name in _NEW]
    whole = pl.concat_str([pl.lit("{"), *new, "body"]).alias("document")
    return drawn.with_columns(whole).drop("body", "at")
