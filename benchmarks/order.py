"""A day of simulated work: is what is handed out the best there is, at the moment of each claim?"""

from __future__ import annotations

import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.harness.workday import Workday
from benchmarks.oracles.referee import Referee
from features.configuration import load
from serving.queue.hours import call_hours
from serving.store.engine import connect, running
from serving.store.keyspace import Keyspace
from serving.wiring.queueing import Queueing
from terminal.progress import steps

FULL = {"size": 5_000, "agents": 50}


def run(size: int = 2_000, agents: int = 20, hours: float = 12.0, seed: int = 7) -> dict[str, Any]:
    """Leads, agents with skills, regions and languages, and a dialer that takes batches, on the real queue.

    All the time events change priorities and places, calls end with dispositions and promises, leases are released,
    renewed or left to expire, managers push, quotas are used up. Each claim is compared with what a naive reading of
    the queue's rules hands out at that moment (`out_of_order`), and each lead with all that were worth more then: the
    rules that had those wait are counted (`passed_over_by`), `best` are the leads before which nobody was worth more.
    `wrong` names claims out of order and leads that no rule explains.
    """
    configuration, started = load("insurer"), time.perf_counter()
    with (
        steps("order") as report,
        tempfile.TemporaryDirectory() as folder,
        running(Path(folder), fsync="no") as url,
        connect(url) as client,
    ):
        queueing = configuration.catalogue.queue.queueing
        queue = Queueing(client, Keyspace(), 4, ("conversion",), call_hours(configuration), queueing.reserve)
        day = Workday(queue, Referee.over(queue, queueing.reserve), configuration, np.random.default_rng(seed))
        day.begin(size, agents)
        while day.passed() < hours:
            report("working", day.passed() / hours)
            day.work(minutes=10)
    seen = day.referee.seen
    wrong = [f"{len(seen.out_of_order)} claims out of order, first {seen.out_of_order[0]}"] if seen.out_of_order else []
    wrong += [f"{len(seen.unexplained)} leads no rule explains: {seen.unexplained[:3]}"] if seen.unexplained else []
    return {
        "leads": size, "agents": agents, "hours": hours, "seed": seed, "happened": dict(day.happened),
        "claims": seen.claims, "handed_out": seen.handed_out, "out_of_order": len(seen.out_of_order),
        "orders": dict(seen.orders), "best": seen.best, "passed_over_by": dict(seen.passed_over_by),
        "seconds": round(time.perf_counter() - started, 1), "wrong": wrong,
    }  # fmt: skip
