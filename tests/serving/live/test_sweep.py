"""Time passes too: a sweep rescores everyone without an event."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from serving.composition import Composition, compose
from tests.serving.small_home import NOW


def test_a_sweep_ranks_everyone_as_they_are_later(parts: Composition, engine_url: str) -> None:
    days = timedelta(days=20)
    settings = replace(
        parts.settings, clock_offset=parts.settings.clock_offset + days, sweep_every=timedelta(), record=False
    )
    before = {item.customer_id: item.priority for item in parts.queue.waiting.head("conversion", 200, NOW)}
    worker = compose(settings, engine_url).stream_worker()
    for _ in range(20):
        worker.tend()
    later = {item.customer_id: item.priority for item in parts.queue.waiting.head("conversion", 200, NOW + days)}
    assert parts.client.hget(parts.keyspace.meta, "swept") is not None
    assert set(later) == set(before)
    assert later != before


def test_a_sweep_reaches_every_customer_once(parts: Composition) -> None:
    ids = [customer_id for chunk in parts.contacts.ids(50) for customer_id in chunk]
    assert sorted(set(ids)) == sorted(ids)
    assert len(ids) == parts.contacts.count()
