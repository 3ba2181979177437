"""How soon the queue is right: from an event's answer to its customer being ranked anew, under a steady load."""

from __future__ import annotations

import os
import time
from collections import Counter
from collections.abc import Callable, Sequence
from datetime import timedelta
from pathlib import Path
from subprocess import Popen
from typing import Any

import numpy as np

from benchmarks.harness import traffic
from benchmarks.harness.fleet import Fleet, running_fleet
from benchmarks.harness.homes import copy_of, insurer
from benchmarks.harness.positions import EVERY, Watch
from benchmarks.harness.traffic import Plan, Sent
from benchmarks.harness.usage import Meter
from serving.clock import Clock
from serving.composition import Composition, compose
from serving.http.keys import KeyFile
from serving.settings import Settings
from terminal.progress import steps

FULL = {"size": 200_000, "trained_on": 20_000, "rate": 2_500.0, "seconds": 120.0}
BAR = 1.0
"""Seconds from when it is due within which 99 of 100 batches must be ranked."""

_DRAIN_SECONDS = 60.0


def run(
    size: int = 5_000, trained_on: int = 3_000, rate: float = 1_000.0, seconds: float = 15.0, batch: int = 50,
    threads: int = 4, workers: int = 1, sweep: float = 300.0, fsync: str = "always", search: bool = False,
    seed: int = 7,
) -> dict[str, Any]:  # fmt: skip
    """Serve `size` customers and send `rate` events a second for so many seconds, in batches.

    workers: stream workers. sweep: seconds between two rescorings of everyone. search: raise the rate by a quarter
    until 99 of 100 batches are no longer ranked within a second of when they were due; the last rate before counts.
    """
    with steps("freshness") as report, copy_of(insurer(size, trained_on, report)) as home:
        start_at = home.observed_until + timedelta(minutes=5)
        settings = Settings(
            home.folder, clock_offset=Clock.starting_at(start_at).offset, fsync=fsync,
            sweep_every=timedelta(seconds=sweep),
        )  # fmt: skip
        key = KeyFile(home.keys).create("admin", start_at).key
        setting = {"customers": size, "workers": workers, "batch": batch, "sweep_seconds": sweep, "fsync": fsync}
        with running_fleet(settings, workers, lambda url: _fill(settings, url, setting, report)) as fleet:
            plan = Plan(str(home.folder), fleet.address, key, rate, seconds, batch, threads, seed,
                        settings.clock_offset.total_seconds())  # fmt: skip
            parts = compose(settings, fleet.url)
            # Whoever serves must be awake: the first events meet processes that still load what they need.
            _step(fleet, parts, Plan(**{**vars(plan), "rate": 200.0, "seconds": 2.0, "seed": seed - 1}), report)
            if search:
                return setting | _peak(fleet, parts, plan, report)
            return setting | _step(fleet, parts, plan, report)


def _fill(settings: Settings, url: str, setting: dict[str, Any], report: Callable[..., None]) -> None:
    """The hot state from the lake; how long that took is told too."""
    parts, started = compose(settings, url), time.monotonic()
    parts.rebuild.run(parts.clock.now(), lambda done, of: report("folding the hot state", done / of))
    setting["rebuild_seconds"] = round(time.monotonic() - started, 1)


def _peak(fleet: Fleet, parts: Composition, plan: Plan, report: Callable[..., None]) -> dict[str, Any]:
    """Steps up until one is not kept up."""
    found: list[dict[str, Any]] = []
    kept = True
    while kept:
        asked = plan.rate * 1.25 ** len(found)
        step = Plan(**{**vars(plan), "rate": asked, "seed": plan.seed + len(found)})
        found.append(_step(fleet, parts, step, report))
        kept = found[-1]["kept_up"]
    best = [step["achieved_rate"] for step in found if step["kept_up"]]
    return {"peak_rate": max(best, default=None), "steps": found}


def _step(fleet: Fleet, parts: Composition, plan: Plan, report: Callable[..., None]) -> dict[str, Any]:
    """One rate for its time, and what it came to."""
    report(f"{plan.rate:,.0f} events a second for {plan.seconds:.0f} s")
    watch, meter, results = Watch(), Meter(), Path(plan.home) / "sent.json"
    sender = traffic.start(plan, results)
    try:
        _watched(watch, meter, parts, fleet, sender)
    finally:
        sender.kill()
        sender.wait()
    sent = traffic.finished(results)
    _drained(watch, parts)
    return _figures(sent, watch, plan) | meter.between(sent[0].due, max(batch.answered for batch in sent))


def _watched(watch: Watch, meter: Meter, parts: Composition, fleet: Fleet, sender: Popen[bytes]) -> None:
    """Look on until the sender has ended."""
    due = 0.0
    while sender.poll() is None:
        watch.look(parts.stream)
        if time.monotonic() > due:
            meter.read({**fleet.pids(), "sender": [sender.pid], "watcher": [os.getpid()]})
            due = time.monotonic() + 1.0
        time.sleep(EVERY)


def _drained(watch: Watch, parts: Composition) -> None:
    """Look on until everything that was accepted is ranked, or for a minute."""
    position, deadline = parts.stream.position(), time.monotonic() + _DRAIN_SECONDS
    while watch.reached(position) is None and time.monotonic() < deadline:
        watch.look(parts.stream)
        time.sleep(EVERY)


def _figures(sent: Sequence[Sent], watch: Watch, plan: Plan) -> dict[str, Any]:
    """The distributions in milliseconds; `never` counts accepted batches that were not seen as ranked."""
    accepted = [batch for batch in sent if batch.position]
    ranked = {batch: at for batch in accepted if (at := watch.reached(batch.position)) is not None}
    fresh = [max(0.0, at - batch.answered) for batch, at in ranked.items()]
    since_due = [at - batch.due for batch, at in ranked.items()]
    elapsed = max(batch.answered for batch in sent) - sent[0].due + plan.batch / plan.rate
    achieved = sum(batch.accepted for batch in accepted) / max(elapsed, plan.seconds)
    late = _milliseconds(fresh[-len(fresh) // 4 :])
    figures = {
        "rate": plan.rate, "achieved_rate": round(achieved, 1), "batches": len(sent),
        "statuses": {str(status): count for status, count in sorted(Counter(b.status for b in sent).items())},
        "never": len(accepted) - len(ranked),
        "accepted_to_ranked_ms": _milliseconds(fresh), "last_quarter_ms": late,
        "scheduled_to_ranked_ms": _milliseconds(since_due),
        "answer_ms": _milliseconds([batch.answered - batch.sent for batch in accepted]),
        "sent_late_ms": _milliseconds([batch.sent - batch.due for batch in sent]),
    }  # fmt: skip
    in_time = bool(fresh) and float(np.quantile(since_due, 0.99)) <= BAR
    return figures | {"kept_up": in_time and len(ranked) == len(sent) and achieved >= 0.98 * plan.rate}


def _milliseconds(seconds: Sequence[float]) -> dict[str, float]:
    if not seconds:
        return {}
    p50, p99 = np.quantile(seconds, [0.5, 0.99]).tolist()
    return {"p50": round(p50 * 1000, 1), "p99": round(p99 * 1000, 1), "max": round(max(seconds) * 1000, 1)}
