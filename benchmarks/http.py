"""The service over HTTP, one request at a time: what a CRM and a dialer wait for."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from uuid import uuid4

import httpx

from experiments.sample import prepare
from experiments.service import serving
from features.home import Home
from serving.clock import Clock
from serving.http.keys import KeyFile

SIZE = 5_000
REPEATS = 200


def run(size: int = SIZE) -> dict[str, Any]:
    """Milliseconds (median and 99th percentile) per call against a served insurer of `size` customers."""
    with TemporaryDirectory() as folder:
        home = Path(folder) / "home"
        start_at = prepare(home, size, seed=7) + timedelta(minutes=5)
        key = KeyFile(Home.open(home).keys).create("admin", start_at)
        clock = Clock.starting_at(start_at)
        with serving(home, start_at) as url, httpx.Client(base_url=f"{url}/v1", timeout=30) as client:
            client.headers["Authorization"] = f"Bearer {key.key}"
            head = client.get("/queues/all", params={"limit": 1000}).raise_for_status().json()["items"]
            ids = [item["customer_id"] for item in head]
            figures = {
                "score_1": _timed(client, "/score", lambda i: {"customer_ids": [ids[i % len(ids)]]}),
                "score_1_explained": _timed(
                    client, "/score", lambda i: {"customer_ids": [ids[i % len(ids)]], "explain": 3}
                ),
                f"score_{len(ids)}": _timed(client, "/score", lambda i: {"customer_ids": ids}, 20),
                "next_action_1": _timed(client, "/next-action", lambda i: {"customer_ids": [ids[i % len(ids)]]}),
                "claim_1": _timed(client, "/queues/all/claim", lambda i: {"agent_id": f"a{i}", "limit": 1}, 100),
                "event_1_scored": _timed(client, "/events?wait=scored", lambda i: [_event(clock, ids[i % len(ids)])]),
            }
    return {"customers": size, **{f"{name}_ms": value for name, value in figures.items()}}


def _event(clock: Clock, customer_id: str) -> dict[str, Any]:
    now = clock.now().isoformat().replace("+00:00", "Z")
    return {
        "specversion": "1.0",
        "id": uuid4().hex,
        "source": "bench",
        "type": "content.viewed",
        "subject": customer_id,
        "time": now,
        "data": {"topic": "health"},
    }


def _timed(client: httpx.Client, path: str, body: Callable[[int], Any], repeats: int = REPEATS) -> dict[str, float]:
    times = []
    for i in range(repeats):
        started = time.perf_counter()
        client.post(path, json=body(i)).raise_for_status()
        times.append((time.perf_counter() - started) * 1000)
    return {
        "p50": round(statistics.median(times), 2),
        "p99": round(statistics.quantiles(times, n=100)[98], 2),
    }
