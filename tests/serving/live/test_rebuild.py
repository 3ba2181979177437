"""From the lake alone: the same states, records, suppressions and queue, to the byte."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import numpy as np
import polars as pl

from features.configuration import checked
from features.onboarding import import_into
from leads.history import History
from serving.events.stream import Event
from serving.live.rebuild import is_empty, rebuild
from serving.live.worker import Worker
from serving.queue.completion import Outcome, complete
from serving.queue.leases import Wanted
from serving.services import Services
from tests.serving.small_home import NOW

ANOTHER_DAY = NOW + timedelta(minutes=30)


def live(services: Services, seed: int = 3) -> None:
    """Events in random order and batches, some twice, of known customers and strangers."""
    rng = np.random.default_rng(seed)
    worker = Worker(services)
    worker.tend()
    kinds = ("quote.requested", "call.completed", "policy.purchased", "consent.changed")
    events = [
        Event(
            str(i), "test", kinds[rng.integers(4)], f"c{rng.integers(260):03d}",
            int((NOW - timedelta(seconds=float(rng.integers(3 * 86_400)))).timestamp() * 1e6),
            {"product": ("motor", "health")[i % 2], "premium": float(i), "talk_seconds": float(i), "channel": "call",
             "consent": bool(rng.integers(2)), "disposition": ("sale", "no_answer")[i % 2]},
        )
        for i in range(600)
    ]  # fmt: skip
    arrived = [events[i] for i in rng.integers(0, 600, 900)]
    for start in range(0, 900, 70):
        services.stream.accept(arrived[start : start + 70], NOW)
        worker.step()
    while worker.step():
        pass


def states(services: Services) -> dict[bytes, bytes]:
    """Every packed row of the hot store."""
    prefix = services.keyspace.prefix
    keys = [key for view in ("profile", "interactions", "standing") for key in scan(services, f"{prefix}:{view}:*")]
    return {key: services.client.get(key) for key in sorted(keys)}  # type: ignore[misc]


def scan(services: Services, pattern: str) -> list[bytes]:
    return list(services.client.scan_iter(pattern, count=5000))


def hashes(services: Services, *names: str) -> dict[str, Any]:
    return {name: services.client.hgetall(services.keyspace.of(name)) for name in names}


def queue(services: Services) -> dict[str, list[tuple[str, float]]]:
    heads = {name: services.queue.head(name, 1000, ANOTHER_DAY) for name in services.queue.names}
    return {name: [(item.customer_id, item.priority) for item in head] for name, head in heads.items()}


def everyone(services: Services) -> None:
    for ids in services.contacts.ids(100):
        services.application.rescore(ids, ANOTHER_DAY)


def test_states_and_queue_are_those_that_were_folded_live_byte_for_byte(services: Services) -> None:
    live(services)
    everyone(services)
    before, ranked, people = states(services), queue(services), hashes(services, "contacts", "identities")
    services.recorder.drain()
    rebuild(services, ANOTHER_DAY)
    assert states(services) == before
    assert queue(services) == ranked
    assert hashes(services, "contacts", "identities") == people


def test_an_emptied_store_is_restored_from_the_lake(services: Services) -> None:
    live(services)
    services.people.tell("c001", {"tag:age": 44.0, "phone": "+8613900000009"}, int(NOW.timestamp() * 1e6))
    services.people.tell("new", {"phone": "+8613900000009", "tag:vip": True}, int(NOW.timestamp() * 1e6) + 1)
    worker = Worker(services)
    worker.tend()
    while worker.step():
        pass
    everyone(services)
    services.recorder.drain()
    before, ranked = states(services), queue(services)
    people = hashes(services, "contacts", "identities", "merged")
    services.client.flushall()
    rebuild(services, ANOTHER_DAY)
    assert hashes(services, "contacts", "identities", "merged") == people
    assert queue(services) == ranked
    after = states(services)
    assert after.keys() == before.keys()
    assert after == before


def test_who_rests_after_an_outcome_rests_after_a_rebuild_of_an_emptied_store(services: Services) -> None:
    leases = services.queue.claim("all", Wanted("wang", 3), NOW, "2026-03-04")
    later = NOW + timedelta(hours=2)
    outcomes = [Outcome("wrong_number", 0.0, None, {}), Outcome("no_answer", 0.0, None, {}),
                Outcome("callback", 9.0, later, {"callback_at": later.isoformat()})]  # fmt: skip
    for lease, outcome in zip(leases, outcomes, strict=True):
        complete(services, lease.id, lease.token, outcome, NOW)
    before = hashes(services, "rest", "promises")
    services.recorder.drain()
    services.client.flushall()
    rebuild(services, NOW)
    assert len(before["rest"]) == 3
    assert len(before["promises"]) == 1
    assert hashes(services, "rest", "promises") == before


def test_an_event_that_waits_when_the_service_stops_is_applied_once_by_the_rebuild(services: Services) -> None:
    event = Event("w", "test", "quote.requested", "c001", int(NOW.timestamp() * 1e6), {"product": "motor"})
    services.stream.accept([event], NOW)
    rebuild(services, NOW)
    worker = Worker(services)
    worker.tend()
    assert not worker.step()
    column = services.configuration.layout.interactions.offsets["quote_requested__motor__last"]
    assert services.hot.read(services.client, ["c001"]).interactions[0][column] == event.time


def test_what_was_imported_since_is_folded_before_anybody_is_served(services: Services) -> None:
    configuration = services.home.configuration
    assert not is_empty(services)
    customers = pl.DataFrame({"customer_id": ["imported"], "at": [NOW - timedelta(days=1)]})
    events = pl.DataFrame(schema=configuration.workspace.event_schema)
    history = checked(configuration.workspace, History(customers, events, NOW))
    import_into(configuration, services.home.folder, history, now=NOW)
    assert is_empty(services)
    rebuild(services, NOW)
    assert not is_empty(services)
    assert services.contacts.read(["imported"])[0] is not None
