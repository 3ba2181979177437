"""Agents who claim leads and report outcomes while the service dies under them, and who held whom when."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from itertools import pairwise
from typing import Any
from uuid import UUID

import msgspec
import numpy as np

from benchmarks.harness.callers import Door, insist
from benchmarks.harness.client import Client

SECONDS = (3, 15)
"""How long a lease is asked for."""

_DISPOSITIONS = ("interested", "no_answer", "busy", "not_interested")
_SHARES = {"complete": 0.6, "release": 0.2, "abandon": 0.2}


@dataclass(frozen=True)
class Hold:
    """A lease as its holder could rely on it, between two moments of the service's clock (seconds)."""

    lease_id: str
    token: int
    customer_id: str
    phone: str | None
    since: float
    until: float


@dataclass(eq=False)
class Agent(threading.Thread):
    """Claims a few leads at a time; completes, releases or abandons each.

    completed: leases whose outcome was answered. lost: leases that were refused as stale although they had not ended
    and nothing was sent for them before.
    """

    door: Door
    number: int
    stopping: threading.Event
    holds: list[Hold] = field(default_factory=list)
    completed: set[str] = field(default_factory=set)
    lost: int = 0
    vain: int = 0

    def __post_init__(self) -> None:
        super().__init__(daemon=True)

    def run(self) -> None:
        client, rng = Client(self.door.address, self.door.key, timeout=10), np.random.default_rng(self.number)
        while not self.stopping.is_set():
            for lease in self._claim(client, rng):
                self._act(client, lease, rng)
            time.sleep(0.2)
        client.close()

    def _claim(self, client: Client, rng: np.random.Generator) -> list[dict[str, Any]]:
        asked = {"agent_id": f"agent-{self.number}", "limit": 3, "lease_seconds": int(rng.integers(*SECONDS))}
        once = {"Idempotency-Key": str(UUID(bytes=rng.bytes(16)))}
        answer, vain = insist(client, "/queues/all/claim", msgspec.json.encode(asked), once)
        self.vain += vain
        leases: list[dict[str, Any]] = answer.body["leases"] if answer.status == 200 else []
        return leases

    def _act(self, client: Client, lease: dict[str, Any], rng: np.random.Generator) -> None:
        since, ends = self.door.now().timestamp(), datetime.fromisoformat(lease["expires_at"]).timestamp()
        time.sleep(float(rng.uniform(0, 0.3)))
        what = str(rng.choice(list(_SHARES), p=list(_SHARES.values())))
        until = ends if what == "abandon" else min(ends, self.door.now().timestamp())
        phone = lease["contact"]["phone"]
        self.holds.append(Hold(lease["lease_id"], lease["token"], lease["customer_id"], phone, since, until))
        if what != "abandon":
            self._end(client, lease, what, ends, rng)

    def _end(self, client: Client, lease: dict[str, Any], what: str, ends: float, rng: np.random.Generator) -> None:
        body: dict[str, Any] = {"token": lease["token"]}
        if what == "complete":
            body |= {"disposition": str(rng.choice(_DISPOSITIONS)), "talk_seconds": 30.0}
        answer, vain = insist(client, f"/leases/{lease['lease_id']}/{what}", msgspec.json.encode(body))
        self.vain += vain
        if answer.status == 200 and what == "complete":
            self.completed.add(lease["lease_id"])
        if answer.status == 409 and not vain and self.door.now().timestamp() < ends:
            self.lost += 1


def doubled(holds: Iterable[Hold]) -> list[tuple[str, str]]:
    """Pairs of leases that held the same customer or phone at the same moment.

    >>> doubled([Hold("a", 1, "C1", None, 0.0, 5.0), Hold("b", 2, "C1", None, 4.0, 9.0)])
    [('a', 'b')]
    """
    held: dict[str, list[Hold]] = {}
    for hold in holds:
        if hold.until > hold.since:
            for name in (f"customer {hold.customer_id}", f"phone {hold.phone}" if hold.phone else None):
                if name is not None:
                    held.setdefault(name, []).append(hold)
    found = set()
    for those in held.values():
        for first, second in pairwise(sorted(those, key=lambda hold: hold.since)):
            if second.since < first.until:
                found.add((first.lease_id, second.lease_id))
    return sorted(found)
