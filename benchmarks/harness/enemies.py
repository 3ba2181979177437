"""Hostile callers: whatever their role opens, as fast and as much as they can, and what they get of it."""

from __future__ import annotations

import re
import threading
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

import httpx
import msgspec

from benchmarks.harness.client import Answer, Client
from benchmarks.harness.desk import Desk
from features.digest import Digests
from serving.access.role import MACHINES, PEOPLE
from serving.clock import Clock
from serving.http.keys import KeyFile
from serving.signin.sign_in_links import SignInLinks

Step = Callable[[httpx.Client, int], httpx.Response]
"""One request of an enemy, told its number."""


@dataclass
class Loot:
    """What an enemy got. leads: that it was given; people: ids of customers of whom it was told; numbers in full."""

    statuses: Counter[int] = field(default_factory=Counter)
    leads: int = 0
    numbers: set[str] = field(default_factory=set)
    size: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)

    def add(self, response: httpx.Response, numbers: Sequence[str], leads: int) -> None:
        with self.lock:
            self.statuses[response.status_code] += 1
            self.size += len(response.content)
            self.numbers.update(numbers)
            self.leads += leads

    def told(self) -> dict[str, Any]:
        statuses = {str(status): found for status, found in sorted(self.statuses.items())}
        return {
            "requests": sum(self.statuses.values()), "statuses": statuses, "leads": self.leads,
            "numbers": len(self.numbers), "megabytes": round(self.size / 1e6, 2),
        }  # fmt: skip


class Enemy:
    """Whoever may do what its client may, and does it."""

    def __init__(self, client: httpx.Client, desk: Desk) -> None:
        self._client = client
        self._desk = desk
        self._numbers = count()
        self._open = [step for step in self._steps() if self._opens(step)] or self._steps()

    def rage(self, place: int, over: threading.Event, loot: Loot) -> None:
        """All that is open to it, one thing after another, until it is over."""
        while not over.is_set():
            number = next(self._numbers)
            try:
                response = self._open[(place + number) % len(self._open)](self._client, number)
            except httpx.HTTPError:
                loot.statuses[0] += 1
                continue
            leases = response.json().get("leases", []) if response.is_success and b'"token"' in response.content else []
            loot.add(response, _PHONE.findall(response.text), len(leases))
            if leases:
                self._give_back(leases)

    def _opens(self, step: Step) -> bool:
        return step(self._client, next(self._numbers)).status_code not in (401, 403, 404, 405)

    def _give_back(self, leases: Sequence[Mapping[str, Any]]) -> None:
        """At once, so that it may have others."""
        outcomes = [
            {"lease_id": one["lease_id"], "token": one["token"], "disposition": "no_answer"} for one in leases
        ]  # fmt: skip
        self._client.post("/leases/complete", json={"leases": outcomes})

    def _steps(self) -> Sequence[Step]:
        ids, now = self._desk.ids, Clock.starting_at(self._desk.start_at).now().isoformat()

        def some(number: int, most: int) -> dict[str, Any]:
            return {"customer_ids": [ids[(number + place) % len(ids)] for place in range(min(most, len(ids)))]}

        def events(client: httpx.Client, number: int) -> httpx.Response:
            chosen = some(number, 500)["customer_ids"]
            return client.post("/events", json=[
                {"specversion": "1.0", "id": f"{number}-{place}", "source": "enemy", "type": "call.attempted",
                 "subject": name, "time": now, "data": {}} for place, name in enumerate(chosen)
            ])  # fmt: skip

        def claim(agent: str) -> Step:
            return lambda client, number: client.post("/queues/all/claim", json={
                "agent_id": agent.format(number), "limit": 200, "lease_seconds": 86_400})  # fmt: skip

        return [
            claim("invented-{}"), claim("enemy"), events,
            lambda client, number: client.post("/score", json=some(number, 1000) | {"explain": 10}),
            lambda client, number: client.post("/next-action", json=some(number, 1000) | {"explain": 10}),
            lambda client, number: client.get(f"/customers/{ids[number % len(ids)]}"),
            lambda client, number: client.get(f"/customers/{ids[number % len(ids)]}/export"),
            *map(_getting, _LOOKED_AT),
        ]  # fmt: skip


_LOOKED_AT = (
    "/reports/experiments", "/reports/fairness", "/reports/funnel", "/monitoring", "/metrics", "/audit", "/queues",
    "/leases", "/recalls", "/desk/log", "/agents", "/conflicts", "/events/set-aside", "/queues/all?limit=1000",
    "/campaigns", "/models", "/alerts",
)  # fmt: skip


def _getting(path: str) -> Step:
    return lambda client, _: client.get(path)


def ask(client: Client, path: str, body: Any) -> Answer:
    """Whatever is answered."""
    return client.post(path, msgspec.json.encode(body))


@contextmanager
def entrance(desk: Desk, name: str) -> Iterator[Enemy]:
    """An enemy with a key of this scope, in a session of this role, or with nothing."""
    with httpx.Client(base_url=f"{desk.url}/v1", timeout=60) as client:
        if name in MACHINES:
            client.headers["authorization"] = f"Bearer {KeyFile(desk.home.keys).create(name, desk.start_at).key}"
        elif name in PEOPLE:
            now = datetime.now(UTC)
            links = SignInLinks(desk.home, Digests(desk.home.folder))
            secret = links.create(name, now + timedelta(minutes=1), now, name=name, agent_id=_AGENTS.get(name))
            answered = client.post("/session", json={"link": secret})
            client.headers["x-csrf-token"] = answered.raise_for_status().json()["csrf"]
        yield Enemy(client, desk)


_AGENTS = {"agent": "enemy", "team_lead": "enemy"}
"""Who these are."""

_PHONE = re.compile(r"\+\d{8,15}")
