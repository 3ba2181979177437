"""Time passes too: a sweep rescores everyone without an event."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from serving.live.worker import Worker
from serving.services import Services, build
from tests.serving.small_home import NOW


def test_a_sweep_ranks_everyone_as_they_are_later(services: Services, engine_url: str) -> None:
    days = timedelta(days=20)
    settings = replace(
        services.settings, clock_offset=services.settings.clock_offset + days, sweep_every=timedelta(), record=False
    )
    before = {item.customer_id: item.priority for item in services.queue.head("conversion", 200, NOW)}
    worker = Worker(build(settings, engine_url))
    for _ in range(20):
        worker.tend()
    later = {item.customer_id: item.priority for item in services.queue.head("conversion", 200, NOW + days)}
    assert services.client.hget(services.keyspace.meta, "swept") is not None
    assert set(later) == set(before)
    assert later != before


def test_a_sweep_reaches_every_customer_once(services: Services) -> None:
    ids = [customer_id for chunk in services.contacts.ids(50) for customer_id in chunk]
    assert sorted(set(ids)) == sorted(ids)
    assert len(ids) == services.contacts.count()
