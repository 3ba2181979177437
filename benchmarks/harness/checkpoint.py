"""One moment of a replay: everyone's live scores against batch scores from a file that ends there."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import msgspec
import polars as pl

from benchmarks.harness.client import Client
from benchmarks.harness.record import Record
from features.adapters import read_files
from features.home import Home
from features.lake import import_history, read_customers
from leads.errors import Unavailable
from training.batch import score

OBJECTIVE = "conversion"
_ASKED = 1_000
"""Customers per request."""

Scores = dict[str, float]
"""Probability by customer, of those whom the objective is about."""


@dataclass(frozen=True)
class Checkpoint:
    """Live and batch scores of the same moment: how many, who is in one of them only, how many stand at another
    place of the ranking, and the greatest relative difference of a probability. queue: the live queue beside it."""

    at: str
    ranked: int
    only_live: int
    only_batch: int
    other_place: int
    worst: float
    queue: dict[str, Any]


def compared(client: Client, home: Home, record: Record, at: datetime) -> Checkpoint:
    """Everyone known at `at`, asked for over HTTP, each answer against `nextlead score --at` of its own moment."""
    with TemporaryDirectory(prefix="cut-", dir=home.folder) as folder:
        other = _home_of(home, record.cut(at, Path(folder) / "cut.csv"), Path(folder) / "home")
        ids = read_customers(other)["customer_id"].unique().sort().to_list()
        live: Scores = {}
        batch: Scores = {}
        for start in range(0, len(ids), _ASKED):
            asked = ids[start : start + _ASKED]
            found, as_of = _asked(client, asked)
            live |= found
            batch |= _batch(other, asked, as_of)
    queue = _queue(client, batch)
    both = live.keys() & batch.keys()
    worst = max((_apart(live[name], batch[name]) for name in both), default=0.0)
    places = sum(a != b for a, b in zip(_ranking(live), _ranking(batch), strict=False))
    return Checkpoint(
        at.isoformat(), len(batch), len(live.keys() - both), len(batch.keys() - both), places, worst, queue
    )


def _home_of(home: Home, file: Path, folder: Path) -> Home:
    """A home of the file's events alone, with the models of the served one."""
    history = read_files(home.configuration, [file], datetime.now(UTC)).history
    other = Home.create(folder, home.configuration, history.observed_until)
    import_history(other, history)
    other.models.symlink_to(home.models, target_is_directory=True)
    return other


def _asked(client: Client, ids: list[str]) -> tuple[Scores, datetime]:
    """Live probabilities, and the moment they are of."""
    answer = client.post("/score", msgspec.json.encode({"customer_ids": ids}))
    if answer.status != 200 or answer.body["unknown"]:
        raise Unavailable(f"/score answered {answer.status}: {str(answer.body)[:300]}")
    results = answer.body["results"]
    found = {result["customer_id"]: result["scores"][OBJECTIVE] for result in results}
    scores = {name: said["probability"] for name, said in found.items() if said is not None}
    return scores, datetime.fromisoformat(results[0]["as_of"])


def _batch(home: Home, ids: list[str], at: datetime) -> Scores:
    scores = score(home, [OBJECTIVE], at=at).filter(pl.col("customer_id").is_in(ids))
    return dict(scores.select("customer_id", "probability").rows())


def _queue(client: Client, batch: Scores) -> dict[str, Any]:
    """The head of the live queue: who should not be in it, who stands before a likelier one, and how far its
    priorities, which are of the moment when each customer was last ranked, are from the batch scores."""
    body = client.get(f"/queues/{OBJECTIVE}?limit=1000").body
    items = [(item["customer_id"], item["priority"]) for item in body["items"]]
    known = [(batch[name], priority) for name, priority in items if name in batch]
    return {
        "size": body["size"], "strangers": len(items) - len(known),
        "out_of_order": sum(first < second for (first, _), (second, _) in pairwise(known)),
        "worst_priority": max((_apart(*pair) for pair in known), default=0.0),
    }  # fmt: skip


def _ranking(scores: Scores) -> list[str]:
    """Customers by probability, the likeliest first; of equals, by id."""
    return sorted(scores, key=lambda name: (-scores[name], name))


def _apart(left: float, right: float) -> float:
    scale = max(abs(left), abs(right))
    return abs(left - right) / scale if scale else 0.0
