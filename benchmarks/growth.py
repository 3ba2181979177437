"""As an insurer grows: memory of the store per customer, and what a request takes, by customers."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

from benchmarks.harness.homes import copy_of, insurer
from benchmarks.harness.timing import timed
from serving.clock import Clock
from serving.composition import compose
from serving.decisions.batch import Request
from serving.queue.lease import Wanted
from serving.settings import Settings
from serving.store.engine import running
from terminal.progress import steps

QUICK = {"sizes": "1000,2000", "trained_on": 1_000}
FULL = {"sizes": "100000,1000000,5000000", "trained_on": 20_000}


def run(sizes: str = "5000,20000", trained_on: int = 5_000, homes: str = "", repeats: int = 50) -> dict[str, Any]:
    """For each number of customers, in process. homes: folders, with commas between, in place of sample insurers."""
    found: dict[str, Any] = {}
    with steps("growth") as report:
        folders = [Path(name) for name in homes.split(",")] if homes else [None] * len(sizes.split(","))
        for folder, size in zip(folders, sizes.split(","), strict=False):
            told = _of(folder or insurer(int(size), trained_on, report), repeats, report)
            found[str(told["customers"])] = told
    return {"by_customers": found}


def _of(home: Path, repeats: int, report: Any) -> dict[str, Any]:
    with copy_of(home) as copied, running(copied.hot, "everysec") as url:
        now = copied.observed_until + timedelta(minutes=5)
        parts = compose(Settings(copied.folder, clock_offset=Clock.starting_at(now).offset), url)
        empty = _memory(parts.client)
        parts.rebuild.run(now, lambda done, of: report("folding the hot state", done / max(of, 1)))
        count = parts.contacts.count()
        ids = [name for names in parts.contacts.ids(1000) for name in names][:1000]
        request = Request("next-action")
        return {
            "customers": count, "bytes_per_customer": round((_memory(parts.client) - empty) / count),
            "score_1_ms": timed(lambda n: parts.scores.answer([ids[n % len(ids)]], 0, now), repeats),
            "next_action_1_ms": timed(lambda n: parts.next_actions.answer([ids[n % len(ids)]], request, now), repeats),
            "claim_1_ms": timed(lambda n: parts.claims.claim("all", Wanted(f"agent-{n}"), now), repeats),
        }  # fmt: skip


def _memory(client: Any) -> int:
    return int(client.info("memory")["used_memory"])
