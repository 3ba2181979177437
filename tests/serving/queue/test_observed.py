"""What leases leave in the record is enough for an observer to judge them, and to find a fault of the store."""

from __future__ import annotations

from typing import Any, cast

from benchmarks.agents import own_log
from benchmarks.oracles.observer import Seen, observe
from serving.composition import Composition
from serving.queue.completions import Outcome
from serving.queue.lease import Wanted
from serving.queue.places import Item

DONE = Outcome("no_answer", None, None, {})


def taken(parts: Composition, agent: str) -> dict[str, Any]:
    lease: dict[str, Any] = parts.claims.claim("all", Wanted(agent, 1, 120), parts.clock.now())["leases"][0]
    return lease


def end(parts: Composition, lease: dict[str, Any]) -> None:
    parts.completions.complete(lease["lease_id"], lease["token"], DONE, parts.clock.now())


def millisecond(parts: Composition) -> int:
    seconds, micros = cast("tuple[int, int]", parts.client.time())
    return seconds * 1000 + micros // 1000


def until_the_next_millisecond(parts: Composition) -> None:
    """The log orders what two customers share to the millisecond of the store's clock."""
    now = millisecond(parts)
    while millisecond(parts) == now:
        pass


def observed(parts: Composition, phones: dict[str, str], *leases: dict[str, Any]) -> Seen:
    parts.recorder.drain()
    return observe(own_log(parts.home), phones, {lease["decision_id"] for lease in leases})


def test_a_claim_a_release_and_another_claim_are_right(parts: Composition) -> None:
    first = taken(parts, "wang")
    parts.queue.leases.release(first["lease_id"], first["token"], parts.clock.now())
    second = taken(parts, "li")
    end(parts, second)
    assert first["customer_id"] == second["customer_id"]
    assert observed(parts, {}, first, second).wrong == []


def test_a_store_that_forgets_a_holder_is_found_out(parts: Composition) -> None:
    first = taken(parts, "wang")
    parts.client.hdel(parts.keyspace.held_customers, first["customer_id"])
    parts.client.hdel(parts.keyspace.held_phones, first["contact"]["phone"])
    parts.queue.waiting.put([Item(first["customer_id"], (), {})], parts.clock.now())
    parts.placement.rescore([first["customer_id"]], parts.clock.now())
    second = taken(parts, "li")
    end(parts, first)
    assert second["customer_id"] == first["customer_id"]
    assert observed(parts, {}, first, second).double == [(first["lease_id"], second["lease_id"])]


def test_a_number_that_two_agents_hold_is_found_out(parts: Composition) -> None:
    first, second = taken(parts, "wang"), taken(parts, "li")
    phones = {first["customer_id"]: "+861", second["customer_id"]: "+861"}
    until_the_next_millisecond(parts)
    end(parts, first)
    end(parts, second)
    assert observed(parts, phones, first, second).wrong == ["1 double holds"]
