"""A ledger of any size: decisions of a home, told again of other customers at other times, written in shards."""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

from features.home import Home
from features.lake import read_customers
from features.lake_files import write_file
from leads.errors import InvalidInput
from monitoring.record.tables import Tables, reading
from serving.clock import written
from serving.recording.rows import decision_frame

SHARD = 5_000
"""Decisions of a file."""

DAYS = 90
"""Days back over which they are spread."""

Say = Callable[[str, float], None]


def decided(home: Home, many: int, report: Say, seed: int = 3) -> None:
    """Add so many decisions up to the end of the record: of drawn customers, at drawn times, in drawn arms, each with a
    document as long as a real one.

    Raises InvalidInput for a home in which nothing was decided yet.
    """
    rng, end = random.Random(seed), home.observed_until
    models = reading(home, end + timedelta(days=365), _documents)
    if not models:
        raise InvalidInput("home", str(home.folder), "one in which decisions were made, such as var/demo")
    names = read_customers(home, end)["customer_id"].unique().sort().to_list()
    for first in range(0, many, SHARD):
        report("a ledger", first / many)
        size = min(SHARD, many - first)
        ago = sorted((rng.uniform(first, first + size) / many * DAYS for _ in range(size)), reverse=True)
        texts = [_told(rng, rng.choice(models), rng.choice(names), end - timedelta(days=days)) for days in ago]
        day = end - timedelta(days=ago[-1])
        folder = home.lake / "decisions" / f"date={day:%Y-%m-%d}"
        folder.mkdir(parents=True, exist_ok=True)
        write_file(folder / f"ledger-{first:09d}.parquet", decision_frame(texts))


def _documents(tables: Tables) -> Sequence[str]:
    found = tables.frame(f"SELECT id FROM ({tables.decisions()}) ORDER BY id LIMIT 200")
    return tables.documents(found["id"].to_list())["document"].to_list()


def _told(rng: random.Random, model: str, customer: str, at: datetime) -> str:
    """A document of a decision with another id, customer, time and arm, and numbers of its own."""
    document = json.loads(model)
    inputs = {
        name: value * rng.uniform(0.5, 1.5) if isinstance(value, float) else value
        for name, value in document["inputs"].items()
    }
    told = {
        "id": f"dec-{rng.getrandbits(128):032x}", "customer_id": customer, "at": written(at),
        "arm": "control" if rng.random() < 0.05 else "treatment", "inputs": inputs,
    }  # fmt: skip
    return json.dumps(document | told, ensure_ascii=False, separators=(",", ":"))
