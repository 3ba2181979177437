"""The agent's page: how soon it is painted, and what open pages cost the service and the claims beside them."""

from __future__ import annotations

import os
import time
from contextlib import ExitStack
from typing import Any

from benchmarks.harness.client import Client
from benchmarks.harness.desk import Desk, ask, at_rest, served
from benchmarks.harness.homes import insurer
from benchmarks.harness.open_pages import kept_open, painted, sign_in, with_lead
from benchmarks.harness.timing import summed
from benchmarks.harness.usage import family, usage
from terminal.progress import steps

AIMS = {"paint_p95_ms": 200.0, "claims_times": 1.2}
"""At most: the first paint on the server at its 95th percentile, and a claim beside the open pages in one without."""

FULL = {"size": 200_000}
QUICK = {"size": 2_000, "pages": 20, "rounds": 2}

_WATCHED = 20.0
"""Seconds over which the processor's time is counted."""


def run(
    size: int = 20_000, trained_on: int = 2_000, pages: int = 200, rounds: int = 6, claims: int = 60
) -> dict[str, Any]:
    """Milliseconds until the page of an agent with a lead in hand is there, cores and megabytes of the service with and
    without so many open pages, and milliseconds of claims beside them and alone, in turns.
    """
    with ExitStack() as stack, steps("console") as report:
        desk = stack.enter_context(served(str(insurer(size, trained_on, report)), size, report))
        report("signing agents in")
        clients = sign_in(desk, [f"page-{n}" for n in range(pages)])
        for client in clients:
            stack.callback(client.close)
        opened = [with_lead(client) for client in clients]
        report("painting")
        paint = [1000 * painted(client) for _ in range(3) for client in clients]
        report("claims beside open pages and alone")
        cost: dict[str, Any] = {}
        taken: dict[str, list[float]] = {"alone": [], "beside": []}
        for turn in range(2 * rounds):
            with ExitStack() as watched:
                side = ("alone", "beside")[turn % 2]
                if side == "beside":
                    watched.enter_context(kept_open(desk.url, opened))
                    time.sleep(1.0)
                if turn < 2:
                    cost[side] = _cost()
                taken[side] += _claims(desk, claims, turn)
    told = {side: summed(found) for side, found in taken.items()}
    figures: dict[str, Any] = {
        "paint_ms": summed(paint) | {"p95": sorted(paint)[int(0.95 * len(paint))]},
        "service": cost, "claim_ms": told,
        "claims_times": {part: round(told["beside"][part] / told["alone"][part], 2) for part in ("p50", "p99")},
    }  # fmt: skip
    wrong = (figures["paint_ms"]["p95"] > AIMS["paint_p95_ms"]) + (
        figures["claims_times"]["p50"] > AIMS["claims_times"]
    )
    return {"customers": size, "pages": pages, **figures, "aims": AIMS, "wrong": wrong}


def _cost() -> dict[str, float]:
    """Cores that the service and its store use meanwhile, and their megabytes at most so far."""
    others = family(os.getpid())[1:]
    before, began = usage(others), time.monotonic()
    time.sleep(_WATCHED)
    after = usage(others)
    cores = (after.cpu - before.cpu) / (time.monotonic() - began)
    return {"cores": round(cores, 3), "peak_megabytes": round(after.peak)}


def _claims(desk: Desk, count: int, turn: int) -> list[float]:
    """Milliseconds of claims of one, whose lead goes back at once."""
    at_rest(seconds=5.0)
    client, found = desk.client(), []
    for number in range(count):
        began = time.perf_counter()
        leases = ask(client, "/queues/all/claim", {"limit": 1, "agent_id": f"dial-{turn}-{number}"})["leases"]
        found.append(1000 * (time.perf_counter() - began))
        _give_back(client, leases)
    client.close()
    return found


def _give_back(client: Client, leases: list[dict[str, Any]]) -> None:
    for lease in leases:
        ask(client, f"/leases/{lease['lease_id']}/release", {"token": lease["token"]})
