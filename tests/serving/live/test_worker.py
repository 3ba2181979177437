"""The stream worker: what cannot be applied is set aside, two workers apply each event once."""

from __future__ import annotations

import threading

import pytest

from features.own_events import MERGED
from serving.composition import Composition, compose
from serving.events.stream import Event
from serving.people.settling import own_event
from tests.serving.small_home import NOW


def quote(name: str, customer: str) -> Event:
    return Event(name, "test", "quote.requested", customer, int(NOW.timestamp() * 1e6), {"product": "motor"})


def counted(parts: Composition, customer: str) -> float:
    column = parts.configuration.layout.interactions.offsets["quote_requested__count_7d"]
    return float(parts.hot.read(parts.client, [customer]).interactions[0][column])


def test_an_event_that_cannot_be_applied_is_set_aside_and_the_rest_goes_on(parts: Composition) -> None:
    worker = parts.stream_worker()
    worker.tend()
    parts.stream.accept([quote("before", "new-1")], NOW)
    with parts.client.pipeline() as pipeline:
        parts.stream.add(pipeline, own_event(MERGED, "new-1", {}, 1))
        pipeline.execute()
    parts.stream.accept([quote("after", "new-1"), quote("other", "new-2")], NOW)
    position = parts.stream.position()
    while worker.step():
        pass
    assert parts.stream.reached(position)
    assert (counted(parts, "new-1"), counted(parts, "new-2")) == (2.0, 1.0)
    (letter,) = parts.aside.list()
    assert (letter.type, letter.customer_id) == (MERGED, "new-1") and letter.reason == "into: is missing"


@pytest.mark.parametrize("workers", [3])
def test_several_workers_apply_every_event_once(parts: Composition, engine_url: str, workers: int) -> None:
    several = [compose(parts.settings, engine_url).stream_worker() for _ in range(workers)]
    threads = [threading.Thread(target=worker.run, daemon=True) for worker in several]
    for thread in threads:
        thread.start()
    for i in range(30):
        parts.stream.accept([quote(f"{i}-{k}", f"new-{k}") for k in range(20)], NOW)
        if i == 15:
            several[0].stopping = True
    position = parts.stream.position()
    for _ in range(600):
        if parts.stream.reached(position):
            break
        threading.Event().wait(0.05)
    for worker in several:
        worker.stopping = True
    for thread in threads:
        thread.join(timeout=20)
    assert [counted(parts, f"new-{k}") for k in range(20)] == [30.0] * 20


def test_an_entry_that_comes_to_two_workers_is_applied_once(parts: Composition, engine_url: str) -> None:
    parts.stream.accept([quote(f"e{i}", "new-3") for i in range(10)], NOW)
    entries = parts.stream.read(parts.stream.partition("new-3"), "0-0")
    several = [compose(parts.settings, engine_url) for _ in range(4)]
    threads = [threading.Thread(target=one.application.apply, args=(entries, NOW)) for one in several]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert counted(parts, "new-3") == 10.0
