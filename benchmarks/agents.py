"""Many agents on a service that dies under them, with clocks that are wrong: nobody held twice, nobody lost."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import msgspec
import numpy as np
import polars as pl

from benchmarks.harness.chaos import Chaos, await_drained
from benchmarks.harness.crew import Crew
from benchmarks.harness.fleet import STORE, Fleet, running_fleet
from benchmarks.harness.homes import copy_of, insurer
from benchmarks.oracles.observer import Seen, early_ends, observe, tenures_of
from benchmarks.oracles.ranking import agreement
from features.home import Home
from features.lake import ARRIVED, latest_profiles, read_customers
from features.lake_files import read_file, sources
from serving.clock import Clock, microseconds
from serving.composition import Composition, compose
from serving.http.keys import KeyFile
from serving.settings import Settings
from serving.store.records import ItemRow, PlaceRow
from serving.store.words import Lane
from terminal.progress import steps

FULL = {"size": 20_000, "trained_on": 3_000, "agents": 200, "crews": 8, "seconds": 300.0, "think": 4.0}

SKEW = 2.0
"""Seconds that a clock is wrong, at most."""

_DRAIN_SECONDS = 180.0
_EARLY = 0.1
"""Seconds by which a lease may end before it was promised to: the store's clock decides, whatever the others say."""

_SHARED = 0.1
"""Share of the customers who have the phone number of another one, whom a national id keeps apart from them."""


def run(
    size: int = 3_000, trained_on: int = 3_000, agents: int = 40, crews: int = 2, seconds: float = 20.0,
    think: float = 2.0, workers: int = 2, seed: int = 7,
) -> dict[str, Any]:  # fmt: skip
    """Kill service, worker and agent processes for `seconds` while leads are claimed, then look at the log alone.

    The seed decides who is killed when, and how wrong each clock is. `wrong` lists every promise that was broken.
    """
    with steps("agents") as report, copy_of(insurer(size, trained_on, report)) as home:
        return storm(home, agents, crews, seconds, think, workers, seed, report)


def storm(
    home: Home, agents: int, crews: int, seconds: float, think: float, workers: int, seed: int, report: Any
) -> dict[str, Any]:
    """The same on a home that may be changed."""
    start_at = home.observed_until + timedelta(minutes=5)
    settings = Settings(home.folder, clock_offset=Clock.starting_at(start_at).offset, fsync="everysec")
    key = KeyFile(home.keys).create("admin", start_at).key
    rng = np.random.default_rng(seed)
    skews = [round(float(rng.uniform(-SKEW, -SKEW / 2)), 2), round(float(rng.uniform(SKEW / 2, SKEW)), 2)]
    queues = ["all", *home.configuration.workspace.objectives]
    with running_fleet(settings, workers, lambda url: _fill(settings, url, rng), skews=skews) as fleet:
        parts = compose(settings, fleet.url)
        leads = _leads(parts)
        each = agents // crews
        for number in range(crews):
            Crew(fleet.addresses, key, queues, each, number, think).join(fleet)
        chaos = Chaos(fleet, rng)
        with _crews(fleet):
            report("agents start")
            _await_work(parts)
            chaos.rage_for(seconds, {STORE}, lambda done: report("agents at work", done))
            chaos.settle()
        report("draining")
        drained = await_drained(parts, _DRAIN_SECONDS)
        fleet.stop(*(name for name in fleet.members if name != STORE))
        report("observing")
        parts.recorder.drain()
        seen, early = _observed(home, settings)
        lost, queues_after = _lost(parts, leads), agreement(parts, parts.clock.now())
    wrong = seen.wrong + [f"{len(lost)} leads lost" for _ in lost[:1]]
    counts = {"only before": queues_after.only_before, "only after": queues_after.only_after}
    wrong += [f"{count} places in a queue {when} a rebuild" for when, count in counts.items() if count]
    wrong += [] if drained else ["not everything that was accepted was applied in time"]
    wrong += [f"a lease expired {early} s before it was promised to"] if early > _EARLY else []
    return {
        "agents": each * crews, "seconds": seconds, "leads": len(leads), "skews": skews, "seed": seed,
        "kills": dict(chaos.kills), "ended_by_themselves": dict(chaos.deaths), "drained": drained,
        "leases": seen.leases, "ends": _ends(home), "double_holds": seen.double[:5], "early_seconds": early,
        "unexplained": seen.unexplained[:5], "lost": lost[:5],
        "only_before_rebuild": queues_after.only_before, "only_after_rebuild": queues_after.only_after, "wrong": wrong,
    }  # fmt: skip


def _fill(settings: Settings, url: str, rng: np.random.Generator) -> None:
    """The home's state, and customers who share a number although they are not the same person."""
    parts = compose(settings, url)
    now = parts.clock.now()
    parts.rebuild.run(now)
    parts.queue.time.keep(parts.clock.now())
    ids = sorted(name for chunk in parts.contacts.ids(1_000) for name in chunk)
    chosen = rng.permutation(ids)[: 2 * int(len(ids) * _SHARED / 2)].tolist()
    for first, second in zip(chosen[::2], chosen[1::2], strict=True):
        reach = parts.contacts.reach([first])[0]
        if reach is not None and reach.phone:
            told = {"phone": reach.phone}
            parts.people.tell(first, {"tag:national_id": f"N{first}"}, microseconds(now))
            parts.people.tell(second, {"tag:national_id": f"N{second}", **told}, microseconds(now))


@contextmanager
def _crews(fleet: Fleet) -> Iterator[None]:
    names = [name for name in fleet.members if name.startswith("crew")]
    fleet.start(*names)
    try:
        yield
    finally:
        for name in names:
            fleet.members[name].kill()
            del fleet.members[name]


def _await_work(parts: Composition) -> None:
    """Until the first lead is held; on a busy machine processes take a while to start."""
    deadline = time.monotonic() + _DRAIN_SECONDS
    while not parts.queue.leases.count() and time.monotonic() < deadline:
        time.sleep(0.1)


def _leads(parts: Composition) -> list[str]:
    """Whoever has a place in a queue, whether waiting, held or resting."""
    return sorted(name.decode() for name in parts.client.hkeys(parts.keyspace.items))  # type: ignore[union-attr]


def _observed(home: Home, settings: Settings) -> tuple[Seen, float]:
    """What the lake alone says. Decisions of the ledger explain a claim when the chosen action has reasons."""
    log = own_log(home)
    profiles = latest_profiles(home.configuration.workspace, read_customers(home))
    phones = dict(profiles.filter(pl.col("phone").is_not_null()).select("customer_id", "phone").rows())
    explained = {name for name, document in _decisions(home) if document["chosen"] and document["chosen"][0]["reasons"]}
    return observe(log, phones, explained), early_ends(tenures_of(log), settings.clock_offset.total_seconds())


def own_log(home: Home) -> pl.DataFrame:
    """The product's own events with the order in which the store took them."""
    files = sorted((home.lake / "own").glob("date=*/*.parquet"))
    # What was imported has not arrived.
    schema = dict.fromkeys(("id", "type", "customer_id", "data"), pl.String()) | {ARRIVED: pl.Int64()}
    scanned = pl.scan_parquet(
        sources(files), schema=schema, hive_partitioning=False, missing_columns="insert", extra_columns="ignore"
    )
    return scanned.filter(pl.col(ARRIVED).is_not_null()).collect()


def _decisions(home: Home) -> Iterator[tuple[str, dict[str, Any]]]:
    for path in sorted((home.lake / "decisions").glob("date=*/*.parquet")):
        for name, text in read_file(path, ["id", "document"]).iter_rows():
            yield name, json.loads(text)


def _ends(home: Home) -> dict[str, int]:
    return dict(own_log(home).group_by("type").len().sort("type").rows())


def _lost(parts: Composition, leads: list[str]) -> list[str]:
    """Leads that stand in no cell of their lane and wait for no time; who the rules offer no more is none."""
    standing = set(_leads(parts))
    client, keys = parts.client, parts.keyspace
    lost = []
    for customer_id in leads:
        if customer_id not in standing:
            continue
        packed: Any = client.hget(keys.items, customer_id)
        places = ItemRow(*msgspec.msgpack.decode(packed)).places
        lane: Any = client.hget(keys.lane, customer_id) or b""
        cells = [keys.cell(queue, lane.decode(), PlaceRow(*place).cell) for queue, place in places.items()]
        where = [keys.later] if lane.decode() == Lane.LATER else cells
        if not all(client.zscore(key, customer_id) is not None for key in where):
            lost.append(customer_id)
    return lost
