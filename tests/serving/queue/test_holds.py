"""The count of double holds is 0 while the store is right, and tells a store that forgets who holds whom."""

from __future__ import annotations

from serving.composition import Composition
from serving.queue.lease import Wanted
from serving.queue.places import Item


def take(parts: Composition, agent: str) -> str:
    lease = parts.claims.claim("all", Wanted(agent, 1, 120), parts.clock.now())["leases"][0]
    return lease["customer_id"]


def test_leases_of_different_customers_are_no_double_holds(parts: Composition) -> None:
    assert take(parts, "wang") != take(parts, "li")
    assert parts.holds.look(parts.clock.now()) == 0
    assert parts.holds.count() == 0


def test_a_customer_and_a_number_in_two_hands_are_counted(parts: Composition) -> None:
    first = take(parts, "wang")
    (lease,) = parts.queue.leases.all(parts.clock.now())
    parts.client.hdel(parts.keyspace.held_customers, first)
    parts.client.hdel(parts.keyspace.held_phones, *lease.phones)
    parts.queue.waiting.put([Item(first, (), {})], parts.clock.now())
    parts.placement.rescore([first], parts.clock.now())
    assert take(parts, "li") == first
    assert parts.holds.look(parts.clock.now()) == 1 + len(lease.phones)
    assert parts.holds.count() == 1 + len(lease.phones)
