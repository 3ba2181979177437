"""A catalogue is published while people work: the next answer goes by it, and no request notices."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import httpx

from features.configuration import load
from features.home import Home
from serving.catalogue.checking import Checking
from serving.catalogue.draft import Author, Rehearsal
from serving.catalogue.drafts import Drafts
from serving.catalogue.publication import Publication
from serving.catalogue.shelf import Shelf
from serving.catalogue.versions import Versions
from serving.ports import free_port
from tests.serving.small_home import NOW
from tests.serving.test_run import started

LI = Author("p-li", "li")


class Asking(threading.Thread):
    """Somebody who asks all the time, on a connection that is kept. failed: what was not answered as it should be."""

    def __init__(self, client: httpx.Client, ask: Callable[[httpx.Client], httpx.Response]) -> None:
        super().__init__(daemon=True)
        self._client = httpx.Client(base_url=client.base_url, headers=client.headers, timeout=30)
        self._ask = ask
        self.asked = 0
        self.failed: list[str] = []
        self.stopping = False

    def run(self) -> None:
        while not self.stopping:
            try:
                answered = self._ask(self._client)
                if answered.status_code not in (200, 202, 204):
                    self.failed.append(f"{answered.status_code} {answered.text[:200]}")
            except httpx.HTTPError as error:
                self.failed.append(repr(error))
            self.asked += 1
            time.sleep(0.003)
        self._client.close()


@contextmanager
def asking(client: httpx.Client) -> Iterator[list[Asking]]:
    """Readers, an agent who claims and gives back, and a sender of events."""
    crowd = [Asking(client, ask) for ask in (_next, _next, _queues, _claim, _event, _livez)]
    for one in crowd:
        one.start()
    yield crowd
    for one in crowd:
        one.stopping = True
    for one in crowd:
        one.join(timeout=30)


def _next(client: httpx.Client) -> httpx.Response:
    return client.post("/v1/next-action", json={"customer_ids": ["c001"]})


def _queues(client: httpx.Client) -> httpx.Response:
    return client.get("/v1/queues")


def _claim(client: httpx.Client) -> httpx.Response:
    answered = client.post("/v1/queues/all/claim", json={"agent_id": "wang", "limit": 1})
    if answered.status_code != 200 or not answered.json()["leases"]:
        return answered
    (lease,) = answered.json()["leases"]
    return client.post(f"/v1/leases/{lease['lease_id']}/release", json={"token": lease["token"]})


def _event(client: httpx.Client) -> httpx.Response:
    name = f"n{time.monotonic_ns()}"
    event = {"specversion": "1.0", "id": name, "source": "test", "type": "lead.created", "subject": name, "data": {}}
    return client.post("/v1/events", json=[event | {"time": NOW.isoformat()}])


def _livez(client: httpx.Client) -> httpx.Response:
    return client.get("/livez", headers={"Connection": "close"})


def offered(client: httpx.Client) -> Any:
    """What comes first for somebody, and what it is valued at."""
    (found,) = _next(client).json()["results"]
    return found["actions"][0]["action"], found["actions"][0]["value"]


def awaited(look: Callable[[], Any], wanted: Any) -> None:
    deadline = time.monotonic() + 60
    while look() != wanted:
        assert time.monotonic() < deadline, f"{look()} is not {wanted}"
        time.sleep(0.1)


def publish(home: Home, before: str, after: str) -> None:
    shelf = Shelf(home)
    drafts = Drafts(shelf)
    publication = Publication(
        shelf, drafts, Versions(shelf), Checking(home, load(home.workspace_folder)), second_person=False, past=False
    )
    draft = drafts.begin(LI, NOW)
    draft = drafts.change(draft.number, draft.name, draft.text.replace(before, after), LI, NOW)
    drafts.rehearsed(draft.number, Rehearsal(draft.name, NOW, None, None, "nothing was decided"))
    publication.publish(draft.number, draft.name, LI, "test", NOW)


def take_back(home: Home, number: int) -> None:
    shelf = Shelf(home)
    checking = Checking(home, load(home.workspace_folder))
    Publication(shelf, Drafts(shelf), Versions(shelf), checking, False, False).take_back(number, LI, "back", NOW)


def test_a_published_catalogue_decides_at_once_and_is_taken_back_without_a_failed_request(home: Home) -> None:
    with started(home, NOW, free_port()) as client, asking(client) as crowd:
        action, value = offered(client)
        assert (action, value) == ("call_first", 300)
        ranked = _priorities(client)
        publish(home, "call_first: {objective: conversion, scene: first, channel: call, value: 300",
                "call_first: {objective: conversion, scene: first, channel: call, value: 900")  # fmt: skip
        awaited(lambda: offered(client), ("call_first", 900))
        awaited(lambda: _priorities(client) != ranked, True)
        take_back(home, 1)
        awaited(lambda: offered(client), ("call_first", 300))
        awaited(lambda: _priorities(client) == ranked, True)
    assert [one.failed for one in crowd] == [[]] * len(crowd)
    assert all(one.asked > 20 for one in crowd)


def _priorities(client: httpx.Client) -> dict[str, float]:
    """Of those who are next, as they are ranked; who came meanwhile left out."""
    items = client.get("/v1/queues/conversion", params={"limit": 50}).json()["items"]
    return {item["customer_id"]: round(item["priority"], 1) for item in items if item["customer_id"].startswith("c")}
