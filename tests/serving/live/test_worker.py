"""The stream worker: what cannot be applied is set aside, two workers apply each event once."""

from __future__ import annotations

import threading

import pytest

from features.lake import MERGED
from serving.events.stream import Event
from serving.live.worker import Worker
from serving.people.settling import own_event
from serving.services import Services, build
from tests.serving.small_home import NOW


def quote(name: str, customer: str) -> Event:
    return Event(name, "test", "quote.requested", customer, int(NOW.timestamp() * 1e6), {"product": "motor"})


def counted(services: Services, customer: str) -> float:
    column = services.configuration.layout.interactions.offsets["quote_requested__count_7d"]
    return float(services.hot.read(services.client, [customer]).interactions[0][column])


def test_an_event_that_cannot_be_applied_is_set_aside_and_the_rest_goes_on(services: Services) -> None:
    worker = Worker(services)
    worker.tend()
    services.stream.accept([quote("before", "new-1")], NOW)
    with services.client.pipeline() as pipeline:
        services.stream.add(pipeline, own_event(MERGED, "new-1", {}, 1))
        pipeline.execute()
    services.stream.accept([quote("after", "new-1"), quote("other", "new-2")], NOW)
    position = services.stream.position()
    while worker.step():
        pass
    assert services.stream.reached(position)
    assert (counted(services, "new-1"), counted(services, "new-2")) == (2.0, 1.0)
    (letter,) = services.aside.list()
    assert (letter.type, letter.customer_id) == (MERGED, "new-1") and letter.reason.startswith("KeyError")


@pytest.mark.parametrize("workers", [3])
def test_several_workers_apply_every_event_once(services: Services, engine_url: str, workers: int) -> None:
    several = [Worker(build(services.settings, engine_url)) for _ in range(workers)]
    threads = [threading.Thread(target=worker.run, daemon=True) for worker in several]
    for thread in threads:
        thread.start()
    for i in range(30):
        services.stream.accept([quote(f"{i}-{k}", f"new-{k}") for k in range(20)], NOW)
        if i == 15:
            several[0].stopping = True
    position = services.stream.position()
    for _ in range(600):
        if services.stream.reached(position):
            break
        threading.Event().wait(0.05)
    for worker in several:
        worker.stopping = True
    for thread in threads:
        thread.join(timeout=20)
    assert [counted(services, f"new-{k}") for k in range(20)] == [30.0] * 20


def test_an_entry_that_comes_to_two_workers_is_applied_once(services: Services, engine_url: str) -> None:
    services.stream.accept([quote(f"e{i}", "new-3") for i in range(10)], NOW)
    entries = services.stream.read(services.stream.partition("new-3"), "0-0")
    several = [build(services.settings, engine_url) for _ in range(4)]
    threads = [threading.Thread(target=one.application.apply, args=(entries, NOW)) for one in several]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert counted(services, "new-3") == 10.0
