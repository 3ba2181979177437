"""What the doors cost: keys, roles, masks, the audit trail and limits. The same requests in turns to the app as it is
and to the same app without them, in one process, over one home and store.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec

from benchmarks.harness.asgi import post
from benchmarks.harness.bare_doors import without_doors
from benchmarks.harness.homes import copy_of, insurer
from features.home import Home
from serving.clock import Clock
from serving.composition import Composition, compose
from serving.http.keys import KeyFile
from serving.http.metrics import App
from serving.settings import Settings
from serving.store.engine import running
from serving.webapp import web
from terminal.progress import steps

QUICK = {"size": 2_000, "rounds": 20}

MOST = 1.15
"""How many times the processor's time without doors that with them may be."""

EVENTS = 100

Body = Callable[[int], Any]


def run(size: int = 20_000, trained_on: int = 2_000, rounds: int = 60, home: str = "") -> dict[str, Any]:
    """Milliseconds of the processor for each kind of request, the store's included, with doors and without, and their
    ratios. Nothing of a server or a network is in them. home: a folder to copy, in place of a sample insurer. wrong:
    ratios above MOST.
    """
    with steps("doors") as report:
        source = Path(home) if home else insurer(size, trained_on, report)
        with _composed(source) as parts:
            spent = _measured(parts, rounds)
    ratios = {kind: round(took["closed"] / took["open"], 3) for kind, took in spent.items()}
    told = {kind: {side: 1000 * took / rounds for side, took in both.items()} for kind, both in spent.items()}
    return {"cpu_ms": told, "ratios": ratios, "wrong": sum(ratio > MOST for ratio in ratios.values())}


def _measured(parts: Composition, rounds: int) -> Mapping[str, dict[str, float]]:
    """Seconds of the processor by kind of request and side."""
    sides: Mapping[str, App] = {"closed": web(parts), "open": without_doors(web(parts))}
    works = _works(parts)
    spent = {kind: dict.fromkeys(sides, 0.0) for kind in works}
    worker = parts.stream_worker()
    worker.tend()
    with asyncio.Runner() as runner:
        for turn in range(-2, rounds):
            # In turns one side comes first, then the other.
            for side in list(sides)[:: 1 if turn % 2 else -1]:
                for number, (kind, (path, key, body)) in enumerate(works.items()):
                    content = msgspec.json.encode(body(2 * (turn + 2) + (side == "open") + 10_000 * number))
                    before = _busy(parts)
                    runner.run(post(sides[side], path, key, content))
                    spent[kind][side] += _busy(parts) - before if turn >= 0 else 0.0
            while worker.step():
                pass
    return spent


@contextmanager
def _composed(source: Path) -> Iterator[Composition]:
    with copy_of(source) as copy, running(copy.hot, fsync="no") as url:
        parts = _filled(copy, url)
        yield parts
        parts.trail.close()


def _filled(home: Home, url: str) -> Composition:
    begin = home.observed_until
    parts = compose(Settings(home.folder, url, Clock.starting_at(begin).offset), url)
    parts.rebuild.run(begin)
    return parts


def _works(parts: Composition) -> Mapping[str, tuple[str, str, Body]]:
    """By its name a kind of request: where it goes, with whose key, and its body, told a number of its own."""
    keys, now = KeyFile(parts.home.keys), datetime.now(UTC)
    dialer, crm = (keys.create(scope, now).key for scope in ("dialer", "crm"))
    masked = keys.create("crm", now, masked=True).key
    ids = [name for names in parts.contacts.ids(1000) for name in names]
    at = parts.home.observed_until.isoformat()

    def some(number: int, count: int) -> dict[str, Sequence[str]]:
        return {"customer_ids": [ids[(number * count + place) % len(ids)] for place in range(count)]}

    def claim(limit: int) -> Body:
        return lambda number: {"agent_id": f"agent-{number}", "limit": limit, "lease_seconds": 60}

    def events(number: int) -> list[dict[str, Any]]:
        chosen = some(number, EVENTS)["customer_ids"]
        return [
            {"specversion": "1.0", "id": f"{number}-{place}", "source": "doors", "type": "quote.requested",
             "subject": name, "time": at, "data": {}}
            for place, name in enumerate(chosen)
        ]  # fmt: skip

    return {
        "score_1": ("/v1/score", crm, lambda number: some(number, 1)),
        "score_100": ("/v1/score", crm, lambda number: some(number, 100)),
        "score_100_masked": ("/v1/score", masked, lambda number: some(number, 100) | {"explain": 3}),
        "next_action_1": ("/v1/next-action", crm, lambda number: some(number, 1)),
        "claim_1": ("/v1/queues/all/claim", dialer, claim(1)),
        "claim_20": ("/v1/queues/all/claim", dialer, claim(20)),
        "events_100": ("/v1/events", crm, events),
    }


def _busy(parts: Composition) -> float:
    """Seconds of the processor so far, of this process and of the store's."""
    told: Any = parts.client.info("cpu")
    return time.process_time() + float(told["used_cpu_user"]) + float(told["used_cpu_sys"])
