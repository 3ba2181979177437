"""Parity under fire: after a storm of events and merges, what is served equals what history says."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import asdict
from functools import partial
from typing import Any

import numpy as np
import polars as pl

from benchmarks.harness.cloud import cloud_events
from benchmarks.harness.events import random_events
from benchmarks.harness.fleet import STORE, running_fleet
from benchmarks.harness.homes import bare_copy_of, insurer
from benchmarks.harness.merges import Merger
from benchmarks.oracles.recorded import compared, rows
from benchmarks.oracles.sameness import BAR, difference, historical, merged_ids, online
from features.lake import read_customers, read_events
from leads.errors import TooBusy
from serving.composition import Composition, compose
from serving.settings import Settings
from terminal.progress import steps

FULL = {"size": 1_000_000, "customers": 20_000, "merges": 400, "trained_on": 20_000}
_BATCH = 500
_WAITING = 100_000
"""Events that may wait before the sender is told to come again."""

_DRAIN_SECONDS = 600.0

Report = Callable[..., None]


def run(
    size: int = 30_000, customers: int = 1_000, merges: int = 30, trained_on: int = 3_000, workers: int = 2,
    duplicates: float = 0.05, seed: int = 7,
) -> dict[str, Any]:  # fmt: skip
    """Send `size` random events of a year, shuffled within each day and some of them twice, past real workers.

    Meanwhile `merges` pairs of customers are told to share a phone. Afterwards the features of everyone must equal
    those folded from the list of events itself, and from the lake, to 1e-9.
    """
    rng = np.random.default_rng(seed)
    with steps("parity") as report, bare_copy_of(insurer(trained_on, trained_on, report)) as home:
        events = random_events(home.configuration.workspace, size, customers, rng)
        settings = Settings(home.folder, backlog_limit=_WAITING)
        with running_fleet(settings, workers, partial(_fill, settings), http=False) as fleet:
            parts = compose(settings, fleet.url)
            report("waiting for a worker")
            parts.intake.accept(cloud_events(events[:1]), parts.clock.now())
            awake, started = _drained(parts), time.monotonic()
            merger = Merger(compose(settings, fleet.url), customers, merges, size, seed)
            merger.start()
            duplicate = _send(parts, stormy(events, duplicates, rng), merger, report)
            merger.finish()
            report("draining")
            drained = awake and _drained(parts)
            seconds = time.monotonic() - started
            fleet.stop(*(name for name in fleet.members if name != STORE))
            report("comparing")
            found = _compared(parts, events, customers, merger)
    wrong = found.pop("wrong") + ([] if drained else ["not everything that was accepted was applied in time"])
    return {
        "events": size, "customers": customers, "workers": workers, "seconds": round(seconds, 1),
        "events_per_second": round(size / seconds), "duplicates_known": duplicate, **found, "wrong": wrong,
    }  # fmt: skip


def stormy(events: pl.DataFrame, duplicates: float, rng: np.random.Generator) -> pl.DataFrame:
    """The events day by day, shuffled within each day; so large a share of them comes twice."""
    again = events[rng.permutation(len(events))[: round(len(events) * duplicates)]]
    both = pl.concat([events, again]).with_columns(pl.lit(rng.random(len(events) + len(again))).alias("luck"))
    return both.sort(pl.col("time").dt.date(), "luck").drop("luck")


def _fill(settings: Settings, url: str) -> None:
    parts = compose(settings, url)
    parts.rebuild.run(parts.clock.now())


def _send(parts: Composition, events: pl.DataFrame, merger: Merger, report: Report) -> int:
    """Take in everything, waiting where the service asks for it; how many were known as duplicates."""
    duplicate = 0
    for start in range(0, len(events), _BATCH):
        items = cloud_events(events[start : start + _BATCH])
        duplicate += _accepted(parts, items)
        merger.sent = start + len(items)
        report(f"{merger.sent:,} events sent", merger.sent / len(events))
    return duplicate


def _accepted(parts: Composition, items: Sequence[dict[str, Any]]) -> int:
    while True:
        try:
            return parts.intake.accept(items, parts.clock.now()).duplicates
        except TooBusy:
            time.sleep(0.1)


def _drained(parts: Composition) -> bool:
    position, deadline = parts.stream.position(), time.monotonic() + _DRAIN_SECONDS
    while time.monotonic() < deadline:
        if parts.stream.reached(position):
            return True
        time.sleep(0.01)
    return False


def _compared(parts: Composition, events: pl.DataFrame, customers: int, merger: Merger) -> dict[str, Any]:
    """Online against both records of history, and the lake against what was sent."""
    now, home, merged = parts.clock.now(), parts.home, merged_ids(parts)
    ids = [name for name in (f"C{i}" for i in range(customers)) if name not in merged]
    served, told = online(parts, ids, now), read_customers(home, now)
    past = partial(historical, parts.configuration, told, merged=merged, ids=ids, now=now)
    lists = {"sent": events, "lake": read_events(home, until=now)}
    apart = {name: difference(served, past(events=each)) for name, each in lists.items()}
    recorded = compared(rows(home, "events", "bench"), set(events["id"]), set())
    counts = {f"feature values apart from those of the {name}": each.beyond for name, each in apart.items()}
    counts |= {f"events {what}": getattr(recorded, what) for what in ("missing", "twice", "strange")}
    counts |= {"pairs not merged": merger.apart(merged), "merged ids with a record": _ghosts(parts, merged)}
    return {
        "merged": len(merged), "bar": BAR, "features": {name: asdict(each) for name, each in apart.items()},
        "lake": asdict(recorded), "wrong": [f"{count} {what}" for what, count in counts.items() if count],
    }  # fmt: skip


def _ghosts(parts: Composition, merged: dict[str, str]) -> int:
    """Merged ids that still, or again, have a record or a state of their own."""
    ids = list(merged)
    if not ids:
        return 0
    states = parts.hot.read(parts.client, ids)
    recorded = np.array([contact is not None for contact in parts.contacts.read(ids)])
    return int((recorded | states.known | ~np.isnan(states.interactions_at)).sum())
