"""What a request costs, counted and not timed: round trips to the store and calls of Python."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from redis.connection import AbstractConnection

from serving.composition import Composition
from serving.decisions.batch import Request
from serving.http.keys import KeyFile
from serving.queue.lease import Wanted
from serving.webapp import web
from tests.serving.http.door import Door
from tests.serving.small_home import NOW

Work = Callable[[int], object]


@pytest.fixture
def trips(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[int]]:
    """How often something was sent to the store."""
    sent = [0]
    send = AbstractConnection.send_packed_command

    def counted(connection: Any, *arguments: Any, **more: Any) -> Any:
        sent[0] += 1
        return send(connection, *arguments, **more)

    monkeypatch.setattr(AbstractConnection, "send_packed_command", counted)
    yield sent


@contextmanager
def noted() -> Iterator[list[int]]:
    """How many functions of Python this thread calls meanwhile."""
    count = [0]

    def note(_: Any, event: str, __: Any) -> None:
        count[0] += event == "call"

    before = sys.getprofile()
    sys.setprofile(note)
    try:
        yield count
    finally:
        sys.setprofile(before)


def calls_of(work: Work) -> int:
    """How many functions of Python one round of work calls."""
    with noted() as count:
        work(0)
    return count[0]


def score(parts: Composition) -> Work:
    return lambda i: parts.scores.answer([f"c{i:03d}"], 0, NOW)


def next_action(parts: Composition) -> Work:
    return lambda i: parts.next_actions.answer([f"c{i:03d}"], Request("next-action", limit=3, explain=1), NOW)


def claim(parts: Composition) -> Work:
    def work(i: int) -> None:
        assert len(parts.claims.claim("all", Wanted(f"agent-{i}"), NOW)["leases"]) == 1

    return work


def prepared_claim(parts: Composition) -> Work:
    """Of leads that were decided on ahead."""
    parts.claims.claim("all", Wanted("agent"), NOW)
    while parts.preparing.step(NOW):
        pass
    return claim(parts)


REQUESTS = {"score": score, "next_action": next_action, "claim": claim, "prepared_claim": prepared_claim}

MOST_TRIPS = {"score": 2, "next_action": 3, "claim": 4, "prepared_claim": 1}
"""The dossier, and the numbers that rest; the ledger; of a claim also the queue, which is all of a prepared one."""


@pytest.mark.parametrize("asked", REQUESTS)
def test_a_request_goes_to_the_store_no_more_often_than_it_must(
    parts: Composition, trips: list[int], asked: str
) -> None:
    work = REQUESTS[asked](parts)
    for i in range(3):
        work(i)
    trips[0] = 0
    work(4)
    assert trips[0] <= MOST_TRIPS[asked]


@pytest.mark.parametrize("asked", REQUESTS)
def test_more_customers_take_no_more_round_trips(parts: Composition, trips: list[int], asked: str) -> None:
    many = [f"c{i:03d}" for i in range(40)]
    if asked == "prepared_claim":
        prepared_claim(parts)
    works = {
        "score": lambda: parts.scores.answer(many, 0, NOW),
        "next_action": lambda: parts.next_actions.answer(many, Request("next-action"), NOW),
        "claim": lambda: parts.claims.claim("all", Wanted("all-of-them", 10), NOW),
        "prepared_claim": lambda: parts.claims.claim("all", Wanted("all-of-them", 10), NOW),
    }
    for _ in range(2):
        works[asked]()
    trips[0] = 0
    works[asked]()
    assert trips[0] <= MOST_TRIPS[asked]


MOST_CALLS = {"score": 595, "next_action": 1290, "claim": 1645, "prepared_claim": 250}
"""Functions of Python that one such request calls."""


@pytest.mark.parametrize("asked", REQUESTS)
def test_a_request_calls_no_more_functions_than_it_must(parts: Composition, asked: str) -> None:
    work = REQUESTS[asked](parts)
    for i in range(3):
        work(i)
    assert calls_of(lambda _: work(4)) <= MOST_CALLS[asked]


ASKED: dict[str, tuple[str, str, Any]] = {
    "empty": ("GET", "/livez", None),
    "score": ("POST", "/v1/score", {"customer_ids": ["c001"]}),
    "next_action": ("POST", "/v1/next-action", {"customer_ids": ["c001"]}),
    "claim": ("POST", "/v1/queues/all/claim", {"agent_id": "agent", "limit": 1, "lease_seconds": 60}),
}
"""Requests through the door."""

MOST_AT_THE_DOOR = {"empty": 400, "score": 530, "next_action": 530, "claim": 640}
"""Functions of Python that the loop calls for a request, from its headers to its answer, beside what answers it."""


@pytest.mark.parametrize("asked", ASKED)
def test_the_door_calls_no_more_functions_than_it_must(parts: Composition, asked: str) -> None:
    door = Door(web(parts), KeyFile(parts.home.keys).create("admin", NOW).key)

    async def counted() -> int:
        for _ in range(3):
            assert (await door.asked(*ASKED[asked])).status == 200
        with noted() as count:
            await door.asked(*ASKED[asked])
        return count[0]

    assert asyncio.run(counted()) <= MOST_AT_THE_DOOR[asked]
