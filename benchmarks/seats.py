"""The load of a call centre with so many seats, all of it at once and over HTTP: dialers, agents, events and CRMs."""

from __future__ import annotations

import threading
import time
from collections import Counter, defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

import msgspec
import numpy as np

from benchmarks.harness.client import Client, Unanswered
from benchmarks.harness.desk import Desk, served
from benchmarks.harness.usage import Meter, family
from serving.clock import Clock
from terminal.progress import steps

CALL = 240.0
"""Seconds between two calls of a seat."""

EVENTS, CRM = 4.0, 0.08
"""Events of customers, and requests of CRMs, for each lead that is claimed."""

AIMS_MS = {"claim": 50.0, "next-action": 50.0, "ranked": 1000.0}
"""Of 99 of 100, from when they were due."""

QUICK = {"size": 2_000, "seats": 3_000, "seconds": 10.0}
FULL = {"size": 1_000_000, "seats": 150_000, "seconds": 180.0}

_BATCH, _PREDICTIVE, _EVENT_BATCH, _THREADS = 50, 0.9, 50, 16


@dataclass
class Seen:
    """What callers saw. taken: by request, milliseconds since it was due. held: leads that are held now, by whom."""

    taken: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    statuses: Counter[int] = field(default_factory=Counter)
    leads: int = 0
    outcomes: int = 0
    accepted: int = 0
    twice: list[str] = field(default_factory=list)
    held: set[str] = field(default_factory=set)
    lock: threading.Lock = field(default_factory=threading.Lock)


@dataclass(frozen=True)
class Caller:
    """One kind of request, so many a second."""

    rate: float
    act: Callable[[Client, int, float], None]


def run(
    size: int = 20_000, home: str = "", seats: int = 15_000, seconds: float = 30.0, search: bool = False, seed: int = 7
) -> dict[str, Any]:
    """Serve the insurer and ask what so many seats ask, for so many seconds. search: a quarter more until it
    does not hold.

    Held: every aim met, no error, nobody held twice, and at least 98 of 100 of what was due was done.
    """
    with steps("seats") as report, served(home, size, report) as desk:
        found: list[dict[str, Any]] = []
        while not found or (search and found[-1]["held"]):
            asked = int(seats * 1.25 ** len(found))
            report(f"{asked:,} seats for {seconds:.0f} s")
            found.append(_step(desk, asked, seconds, seed + len(found)))
        best = max((step["seats"] for step in found if step["held"]), default=None)
        return found[0] | ({"most_seats": best, "steps": found} if search else {})


def _step(desk: Desk, seats: int, seconds: float, seed: int) -> dict[str, Any]:
    seen, meter = Seen(), Meter()
    callers = _callers(desk, seats, seen, np.random.default_rng(seed))
    begin = time.monotonic() + 0.5
    threads = [
        threading.Thread(target=_play, args=(desk, caller, place, seconds, begin, seen))
        for caller in callers
        for place in range(_threads(caller.rate))
    ]
    pids = {"all": family(_own())}
    meter.read(pids)
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    meter.read(pids)
    return _figures(seats, seconds, seen) | meter.between(0.0, time.monotonic())


def _own() -> int:
    import os

    return os.getpid()


def _threads(rate: float) -> int:
    return max(1, min(_THREADS, round(rate / 5)))


def _callers(desk: Desk, seats: int, seen: Seen, rng: np.random.Generator) -> list[Caller]:
    leads, clock, ids = seats / CALL, Clock.starting_at(desk.start_at), list(desk.ids)

    def claim(limit: int) -> Callable[[Client, int, float], None]:
        def act(client: Client, number: int, due: float) -> None:
            body = {"agent_id": f"seat-{limit}-{number}", "limit": limit, "lease_seconds": 60}
            told = _asked(seen, client, "/queues/all/claim", body, "claim", due)
            if told is not None:
                _complete(seen, client, told["leases"])

        return act

    def events(client: Client, number: int, due: float) -> None:
        now = clock.now().isoformat().replace("+00:00", "Z")
        batch = [_event(ids[int(place)], now) for place in rng.integers(0, len(ids), _EVENT_BATCH)]
        waits = number % 10 == 0
        path = "/events?wait=scored" if waits else "/events"
        told = _asked(seen, client, path, batch, "ranked" if waits else "events", due)
        if told is not None:
            with seen.lock:
                seen.accepted += told["accepted"]

    def crm(client: Client, number: int, due: float) -> None:
        chosen = [ids[(number * 17 + place) % len(ids)] for place in range(1 + number % 20)]
        path = "/score" if number % 2 else "/next-action"
        _asked(seen, client, path, {"customer_ids": chosen}, path.removeprefix("/"), due)

    return [
        Caller(leads * _PREDICTIVE / _BATCH, claim(_BATCH)), Caller(leads * (1 - _PREDICTIVE), claim(1)),
        Caller(leads * EVENTS / _EVENT_BATCH, events), Caller(leads * CRM, crm),
    ]  # fmt: skip


def _play(desk: Desk, caller: Caller, place: int, seconds: float, begin: float, seen: Seen) -> None:
    """Each of so many threads takes its share of the requests, when they are due, however long others take."""
    client, count = desk.client(), _threads(caller.rate)
    for number in range(place, int(caller.rate * seconds), count):
        due = begin + number / caller.rate
        time.sleep(max(0.0, due - time.monotonic()))
        caller.act(client, number, due)
    client.close()


def _asked(seen: Seen, client: Client, path: str, body: Any, name: str, due: float) -> Any:
    try:
        answer = client.post(path, msgspec.json.encode(body))
    except Unanswered:
        with seen.lock:
            seen.statuses[0] += 1
        return None
    with seen.lock:
        seen.statuses[answer.status] += 1
        seen.taken[name].append(1000 * (time.monotonic() - due))
    return answer.body if answer.status in (200, 202) else None


def _complete(seen: Seen, client: Client, leases: list[Any]) -> None:
    names = [lease["customer_id"] for lease in leases]
    with seen.lock:
        seen.leads += len(names)
        seen.twice += [name for name in names if name in seen.held]
        seen.held.update(names)
    if not leases:
        return
    outcomes = [
        {"lease_id": lease["lease_id"], "token": lease["token"], "disposition": "interested", "talk_seconds": 30.0}
        for lease in leases
    ]
    with seen.lock:
        seen.held.difference_update(names)
    told = _asked(seen, client, "/leases/complete", {"leases": outcomes}, "complete", time.monotonic())
    with seen.lock:
        seen.outcomes += 0 if told is None else sum(item["status"] == 200 for item in told["results"])


def _event(customer: str, now: str) -> dict[str, Any]:
    return {
        "specversion": "1.0", "id": uuid4().hex, "source": "bench", "type": "content.viewed", "subject": customer,
        "time": now, "data": {"topic": "health"},
    }  # fmt: skip


def _figures(seats: int, seconds: float, seen: Seen) -> dict[str, Any]:
    leads = seats / CALL
    times = {name: _quantiles(taken) for name, taken in sorted(seen.taken.items())}
    errors = {str(status): count for status, count in seen.statuses.items() if status not in (200, 202)}
    late = [name for name, aim in AIMS_MS.items() if name in times and times[name]["p99"] > aim]
    done = min(seen.leads, seen.outcomes) >= 0.98 * int(leads * seconds) - _BATCH
    return {
        "seats": seats, "seconds": seconds, "due_leads_per_second": round(leads, 1),
        "leads_per_second": round(seen.leads / seconds, 1), "outcomes_per_second": round(seen.outcomes / seconds, 1),
        "events_per_second": round(seen.accepted / seconds, 1), "times_ms": times, "errors": errors, "late": late,
        "wrong": seen.twice, "held": not late and not errors and not seen.twice and done,
    }  # fmt: skip


def _quantiles(taken: list[float]) -> dict[str, float]:
    p50, p99 = np.quantile(taken, [0.5, 0.99]).tolist()
    return {"p50": round(p50, 1), "p99": round(p99, 1), "count": len(taken)}
