"""A hostile key of each role beside honest load: what it gets while it may, and what it costs the others."""

from __future__ import annotations

import threading
import time
from collections import Counter, defaultdict
from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from benchmarks.harness.client import Client, Unanswered
from benchmarks.harness.desk import Desk, served
from benchmarks.harness.enemies import Enemy, Loot, ask, entrance
from serving.access.role import ROLES
from serving.http.keys import KeyFile
from terminal.progress import steps

QUICK = {"size": 2_000, "seconds": 5.0, "rounds": 1}
FULL = {"seconds": 30.0}

RATES = {"score": 8.0, "claim": 4.0, "next_action": 4.0}
"""Honest requests a second."""

MOST = 2.0
"""How many times as long half of the honest requests may take beside a hostile key as alone."""

THREADS = 4


@dataclass
class Window:
    """What honest callers saw. taken: by request, milliseconds since it was due. refused: answers but good ones. empty:
    claims for which nobody was left.
    """

    taken: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    refused: Counter[int] = field(default_factory=Counter)
    empty: int = 0

    def add(self, other: Window) -> None:
        for name, taken in other.taken.items():
            self.taken[name] += taken
        self.refused += other.refused
        self.empty += other.empty


def run(
    size: int = 5_000, home: str = "", seconds: float = 10.0, rounds: int = 2, roles: str = ",".join((*ROLES, "nobody"))
) -> dict[str, Any]:
    """By role what a hostile caller got (`loot`: requests, answers by status, leads, numbers, bytes), and what the
    honest had alone and beside it: p50 and p99 in milliseconds, and ratios. In each round each role has a window of its
    own between two in which the honest are alone. wrong: roles beside which half of the honest requests took longer
    than MOST times as long, or any was refused.
    """
    names = [name for name in roles.split(",") if name]
    with steps("hostile") as report, served(home, size, report) as desk, ExitStack() as stack:
        enemies = {name: stack.enter_context(entrance(desk, name)) for name in names}
        honest = _honest_keys(desk)
        alone, beside = ({name: Window() for name in names} for _ in range(2))
        loot = {name: Loot() for name in names}
        for turn in range(rounds):
            for name in names:
                report(f"{name}, round {turn + 1} of {rounds}")
                alone[name].add(_window(desk, honest, seconds))
                beside[name].add(_window(desk, honest, seconds, (enemies[name], loot[name])))
    told = {name: _told(alone[name], beside[name], loot[name]) for name in names}
    return {"seconds": seconds * rounds, "rates": RATES, "roles": told,
            "wrong": [name for name, found in told.items() if found["hurt"]]}  # fmt: skip


def _honest_keys(desk: Desk) -> Mapping[str, str]:
    keys = KeyFile(desk.home.keys)
    crm, dialer = (keys.create(scope, desk.start_at).key for scope in ("crm", "dialer"))
    return {"score": crm, "next_action": crm, "claim": dialer}


def _window(desk: Desk, keys: Mapping[str, str], seconds: float, enemy: tuple[Enemy, Loot] | None = None) -> Window:
    window, over = Window(), threading.Event()
    begin = time.monotonic() + 0.2
    honest = [threading.Thread(target=_honest, args=(desk, keys[name], name, begin, seconds, window)) for name in RATES]
    hostile = [] if enemy is None else [
        threading.Thread(target=enemy[0].rage, args=(place, over, enemy[1])) for place in range(THREADS)
    ]  # fmt: skip
    for thread in (*hostile, *honest):
        thread.start()
    for thread in honest:
        thread.join()
    over.set()
    for thread in hostile:
        thread.join()
    return window


def _honest(desk: Desk, key: str, name: str, begin: float, seconds: float, window: Window) -> None:
    """One kind of request, each when it is due however long the one before took."""
    client, rate = Client(desk.url, key), RATES[name]
    for number in range(int(rate * seconds)):
        due = begin + number / rate
        time.sleep(max(0.0, due - time.monotonic()))
        status, found = _asked(client, desk, name, number)
        window.taken[name].append(1000 * (time.monotonic() - due))
        window.empty += not found
        if status not in (200, 202):
            window.refused[status] += 1
    client.close()


def _asked(client: Client, desk: Desk, name: str, number: int) -> tuple[int, int]:
    """The status, 0 for no answer, and how much was found."""
    try:
        if name == "claim":
            return _claimed(client, f"honest-{number % 8}")
        ids = {"customer_ids": [desk.ids[number * 7 % len(desk.ids)]]}
        answer = ask(client, f"/{name.replace('_', '-')}", ids)
    except Unanswered:
        return 0, 1
    return answer.status, 1


def _claimed(client: Client, agent_id: str) -> tuple[int, int]:
    answer = ask(client, "/queues/all/claim", {"agent_id": agent_id, "limit": 1, "lease_seconds": 60})
    leases = answer.body["leases"] if answer.status == 200 else ()
    for lease in leases:
        ask(client, f"/leases/{lease['lease_id']}/release", {"token": lease["token"]})
    return answer.status, len(leases)


def _told(alone: Window, beside: Window, loot: Loot) -> dict[str, Any]:
    names = sorted(alone.taken)
    both = {name: (_quantiles(alone.taken[name]), _quantiles(beside.taken[name])) for name in names}
    ratios = {name: {part: round(b[part] / a[part], 2) for part in a} for name, (a, b) in both.items()}
    refused = {str(status): count for status, count in beside.refused.items()}
    return {
        "loot": loot.told(), "alone_ms": {name: a for name, (a, _) in both.items()},
        "beside_ms": {name: b for name, (_, b) in both.items()}, "ratios": ratios, "refused": refused,
        "empty_claims": beside.empty,
        "hurt": bool(refused) or any(ratio["p50"] > MOST for ratio in ratios.values()),
    }  # fmt: skip


def _quantiles(taken: list[float]) -> dict[str, float]:
    p50, p99 = np.quantile(taken, [0.5, 0.99]).tolist()
    return {"p50": round(p50, 1), "p99": round(p99, 1)}
