"""All that a record is asked, over a ledger of a million decisions: how long it takes, and in how much memory."""

from __future__ import annotations

import multiprocessing
import resource
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

from benchmarks.harness.decided import DAYS, decided
from benchmarks.harness.homes import copy_of
from features.home import Home
from monitoring.experiments.report import experiments
from monitoring.fairness.report import fairness
from monitoring.reports.catalogue import REPORTS
from monitoring.reports.reports import Reports
from monitoring.watching.look import look
from terminal.progress import steps

SECONDS, GIBIBYTES = 120.0, 4.0
"""Within which a full report must be made."""

QUICK = {"decisions": 20_000}


def run(home: str = "var/demo", decisions: int = 1_000_000) -> dict[str, Any]:
    """Seconds of each report over the last 90 days, and of the look with its pages, one after the other in one process
    that did nothing before; and the most memory that it held. home: one in which decisions were made; a copy is filled.

    `wrong` is 1 where it took longer, or more memory, than is promised.
    """
    with steps("reports") as report, copy_of(Path(home)) as copied:
        decided(copied, decisions, report)
        report("reports")
        with multiprocessing.get_context("spawn").Pool(1) as pool:
            taken, peak = pool.apply(_made, (copied.folder,))
        stored = sum(file.stat().st_size for file in (copied.lake / "decisions").rglob("*.parquet"))
    whole, most = sum(wall for wall, _ in taken.values()), peak / 2**20
    return {
        "decisions": decisions, "stored_mebibytes": round(stored / 2**20), "seconds": round(whole, 1),
        "cpu_seconds": round(sum(cpu for _, cpu in taken.values()), 1), "peak_gibibytes": round(most, 2),
        "parts": {name: {"seconds": round(wall, 1), "cpu": round(cpu, 1)} for name, (wall, cpu) in taken.items()},
        "aims": {"seconds": SECONDS, "peak_gibibytes": GIBIBYTES}, "wrong": int(whole > SECONDS or most > GIBIBYTES),
    }  # fmt: skip


def _made(folder: Path) -> tuple[dict[str, tuple[float, float]], int]:
    """Seconds by the clock and of the processors by what is asked, and the most memory held, in kibibytes."""
    home = Home.open(folder)
    end = home.observed_until
    reports = Reports(home, lambda: end)
    since = end - timedelta(days=DAYS)
    question = reports.question(since, None)
    asked: dict[str, Callable[[], object]] = {
        name: lambda name=name: reports.report(name, question) for name in REPORTS  # type: ignore[misc]
    }  # fmt: skip
    asked |= {"experiments": lambda: experiments(reports, since), "fairness": lambda: fairness(reports, since)}
    asked["look"] = lambda: look(home, end)
    taken = {}
    for name, ask in asked.items():
        wall, cpu = time.perf_counter(), time.process_time()
        ask()
        taken[name] = time.perf_counter() - wall, time.process_time() - cpu
    return taken, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
