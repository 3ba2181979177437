"""What leases leave in the record is enough for an observer to judge them, and to find a fault of the store."""

from __future__ import annotations

from typing import Any, cast

from benchmarks.agents import own_log
from benchmarks.observer import Seen, observe
from serving.queue.completion import Outcome, complete
from serving.queue.leases import Wanted
from serving.queue.leasing import claim
from serving.queue.places import Item
from serving.services import Services

DONE = Outcome("no_answer", None, None, {})


def taken(services: Services, agent: str) -> dict[str, Any]:
    lease: dict[str, Any] = claim(services, "all", Wanted(agent, 1, 120), services.clock.now())["leases"][0]
    return lease


def end(services: Services, lease: dict[str, Any]) -> None:
    complete(services, lease["lease_id"], lease["token"], DONE, services.clock.now())


def millisecond(services: Services) -> int:
    seconds, micros = cast("tuple[int, int]", services.client.time())
    return seconds * 1000 + micros // 1000


def until_the_next_millisecond(services: Services) -> None:
    """The log orders what two customers share to the millisecond of the store's clock."""
    now = millisecond(services)
    while millisecond(services) == now:
        pass


def observed(services: Services, phones: dict[str, str], *leases: dict[str, Any]) -> Seen:
    services.recorder.drain()
    return observe(own_log(services.home), phones, {lease["decision_id"] for lease in leases})


def test_a_claim_a_release_and_another_claim_are_right(services: Services) -> None:
    first = taken(services, "wang")
    services.queue.release(first["lease_id"], first["token"], services.clock.now())
    second = taken(services, "li")
    end(services, second)
    assert first["customer_id"] == second["customer_id"]
    assert observed(services, {}, first, second).wrong == []


def test_a_store_that_forgets_a_holder_is_found_out(services: Services) -> None:
    first = taken(services, "wang")
    services.client.hdel(services.keyspace.of("holds:customers"), first["customer_id"])
    services.client.hdel(services.keyspace.of("holds:phones"), first["contact"]["phone"])
    services.queue.put([Item(first["customer_id"], (), {})], services.clock.now())
    services.application.rescore([first["customer_id"]], services.clock.now())
    second = taken(services, "li")
    end(services, first)
    assert second["customer_id"] == first["customer_id"]
    assert observed(services, {}, first, second).double == [(first["lease_id"], second["lease_id"])]


def test_a_number_that_two_agents_hold_is_found_out(services: Services) -> None:
    first, second = taken(services, "wang"), taken(services, "li")
    phones = {first["customer_id"]: "+861", second["customer_id"]: "+861"}
    until_the_next_millisecond(services)
    end(services, first)
    end(services, second)
    assert observed(services, phones, first, second).wrong == ["1 double holds"]
