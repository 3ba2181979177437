"""What is left after crashes: every process killed at random moments under load, then everything counted."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import numpy as np

from benchmarks.harness.aftermath import lake, seen_by_callers, served
from benchmarks.harness.agent import Agent
from benchmarks.harness.callers import Door, Sender
from benchmarks.harness.chaos import Chaos, await_drained
from benchmarks.harness.fleet import STORE, running_fleet
from benchmarks.harness.homes import copy_of, insurer
from benchmarks.harness.likeness import likeness_of
from serving.clock import Clock
from serving.composition import compose
from serving.http.keys import KeyFile
from serving.settings import Settings
from terminal.progress import steps

FULL = {"size": 20_000, "trained_on": 20_000, "kills": 50, "rate": 500.0}
_DRAIN_SECONDS = 120.0


def run(
    size: int = 3_000, trained_on: int = 3_000, kills: int = 8, rate: float = 200.0, batch: int = 20,
    senders: int = 3, agents: int = 2, workers: int = 2, seed: int = 7,
) -> dict[str, Any]:  # fmt: skip
    """Kill Valkey, the HTTP service or a worker so often while events come at `rate` a second and leads are claimed.

    The seed decides who is killed after how long, and what is sent. `wrong` lists every promise that was broken.
    """
    with steps("crash") as report, copy_of(insurer(size, trained_on, report)) as home:
        start_at = home.observed_until + timedelta(minutes=5)
        settings = Settings(home.folder, clock_offset=Clock.starting_at(start_at).offset, fsync="always")
        key = KeyFile(home.keys).create("admin", start_at).key
        with running_fleet(settings, workers, lambda url: _fill(settings, url)) as fleet:
            door, stopping = Door(fleet.address, key, settings.clock_offset), threading.Event()
            likeness, pace = likeness_of(home), batch * senders / rate
            calling = [Sender(door, likeness, seed * 100 + i, batch, pace, stopping) for i in range(senders)]
            claiming = [Agent(door, seed * 100 + i, stopping) for i in range(agents)]
            chaos = Chaos(fleet, np.random.default_rng(seed))
            with _working([*calling, *claiming], stopping):
                chaos.rage(kills, lambda done: report(f"{done} of {kills} kills", done / kills))
                chaos.settle()
            report("draining")
            parts = compose(settings, fleet.url)
            drained = await_drained(parts, _DRAIN_SECONDS)
            fleet.stop(*(name for name in fleet.members if name != STORE))
            report("counting")
            found = [seen_by_callers(calling, claiming), lake(home, calling, claiming), served(parts)]
    asked: dict[str, Any] = {"customers": size, "workers": workers, "rate": rate, "seed": seed, "drained": drained}
    asked |= {"kills": dict(chaos.kills), "ended_by_themselves": dict(chaos.deaths)}
    wrong = [promise for figures in found for promise in figures["wrong"]]
    wrong += [] if drained else ["not everything that was accepted was applied in time"]
    return asked | {name: value for figures in found for name, value in figures.items()} | {"wrong": wrong}


def _fill(settings: Settings, url: str) -> None:
    parts = compose(settings, url)
    parts.rebuild.run(parts.clock.now())


@contextmanager
def _working(callers: Sequence[threading.Thread], stopping: threading.Event) -> Iterator[None]:
    """Callers at work while the block runs; each ends its last request, which may need the service once more."""
    for caller in callers:
        caller.start()
    try:
        yield
    finally:
        stopping.set()
    for caller in callers:
        caller.join()
