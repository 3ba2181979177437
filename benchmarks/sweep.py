"""Everyone rescored and decided on anew: how long it takes, in how much memory, and how both grow with customers."""

from __future__ import annotations

import multiprocessing
import resource
import time
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from benchmarks.harness.homes import copy_of, insurer
from serving.clock import Clock
from serving.composition import compose
from serving.settings import Settings
from serving.store.engine import running
from terminal.progress import steps

CHUNK = 2_000
AIMS = {"seconds_per_million": 30.0, "peak_gibibytes": 6.0}
QUICK = {"size": 2_000, "trained_on": 2_000}
FULL = {"size": 1_000_000, "trained_on": 20_000}


def run(size: int = 20_000, trained_on: int = 20_000, home: str = "", processes: int = 2) -> dict[str, Any]:
    """Seconds to rank `size` customers anew from the store, by so many processes, each with a share of them."""
    kept = Path(home) if home else None
    with steps("sweep") as report, copy_of(kept or insurer(size, trained_on, report)) as copied:
        start_at = copied.observed_until + timedelta(minutes=5)
        with running(copied.hot, "everysec") as url:
            settings = Settings(copied.folder, clock_offset=Clock.starting_at(start_at).offset)
            parts = compose(settings, url)
            parts.rebuild.fill(parts.clock.now, lambda done, of: report("folding the hot state", done / max(of, 1)))
            count = parts.contacts.count()
            report(f"ranking {count:,} customers")
            asked = [(str(copied.folder), url, start_at, number, processes) for number in range(processes)]
            with multiprocessing.get_context("spawn").Pool(processes) as pool:
                pool.map(_awake, asked)
                started = time.perf_counter()
                shares = pool.map(_share, asked, chunksize=1)
                seconds = time.perf_counter() - started
    ranked = sum(rows for rows, _ in shares)
    return {
        "customers": count, "processes": processes, "seconds": round(seconds, 2),
        "rows_per_second": round(ranked / seconds), "seconds_per_million": round(seconds / ranked * 1e6, 1),
        "peak_mebibytes": round(sum(peak for _, peak in shares)), "aims": AIMS,
    }  # fmt: skip


Share = tuple[str, str, datetime, int, int]


def _awake(share: Share) -> None:
    """All that takes time once."""
    folder, url, now, _, _ = share
    parts = compose(Settings(Path(folder)), url)
    parts.scores.answer(next(iter(parts.contacts.ids(10)), [])[:1], 0, now)


def _share(share: Share) -> tuple[int, float]:
    """How many were ranked, and the most memory of this process in mebibytes."""
    folder, url, now, number, of = share
    parts, done = compose(Settings(Path(folder)), url), 0
    for ids in parts.contacts.ids(CHUNK * of):
        mine = ids[number::of]
        parts.placement.rescore(mine, now)
        done += len(mine)
    return done, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
