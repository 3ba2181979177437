"""The queue: best first, never twice, and always the customer's place kept."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta

import pytest
import redis

from leads.errors import NotFound, StaleToken
from serving.keyspace import Keyspace
from serving.queue import Item, Place, Queue
from tests.serving.small_home import NOW

SOON = NOW + timedelta(minutes=5)


def east_is_open(zones: Sequence[str | None], now: datetime) -> list[bool]:
    return [zone != "Europe/Lisbon" for zone in zones]


@pytest.fixture
def queue(engine: redis.Redis) -> Queue:
    return Queue(engine, Keyspace(), 4, ("conversion", "renewal"), east_is_open)


def item(name: str, priority: float, phone: str | None = None, **more: str) -> Item:
    place = Place(priority, "call", more.get("product"), more.get("region"), more.get("zone"))
    return Item(name, phone, {"conversion": place, "all": place})


def ids(queue: Queue, limit: int = 10, **more: list[str]) -> list[str]:
    return [lease.customer_id for lease in queue.claim("all", "ann", limit, SOON, NOW, **more)]


def test_the_best_are_claimed_first(queue: Queue) -> None:
    queue.put([item("low", 1), item("high", 3, region="north"), item("middle", 2)], NOW)
    assert ids(queue) == ["high", "middle", "low"]


def test_a_claimed_customer_is_gone_from_every_queue(queue: Queue) -> None:
    queue.put([item("ann", 1)], NOW)
    assert queue.claim("conversion", "a", 1, SOON, NOW)[0].customer_id == "ann"
    assert ids(queue) == []
    assert queue.size("all") == 0


def test_two_customers_with_one_phone_are_never_held_at_once(queue: Queue) -> None:
    queue.put([item("mother", 2, "+861"), item("father", 1, "+861"), item("other", 0.5, "+862")], NOW)
    assert ids(queue) == ["mother", "other"]
    assert [waiting.state for waiting in queue.head("all", 5, NOW)] == ["phone_held"]


def test_a_lead_is_never_claimed_twice_by_many_callers(queue: Queue) -> None:
    queue.put([item(f"c{i}", i % 17, f"+86{i // 2}") for i in range(400)], NOW)
    with ThreadPoolExecutor(16) as pool:
        claims = list(pool.map(lambda n: queue.claim("all", f"a{n}", 3, SOON, NOW), range(160)))
    leases = [lease for claim in claims for lease in claim]
    phones = [int(lease.customer_id[1:]) // 2 for lease in leases]
    assert len({lease.customer_id for lease in leases}) == len(leases) == 200
    assert len(set(phones)) == 200
    assert len({lease.token for lease in leases}) == 200


def test_skills_and_regions_narrow_the_claim(queue: Queue) -> None:
    queue.put(
        [
            item("motor east", 3, product="motor", region="east"),
            item("health east", 2, product="health", region="east"),
            item("motor west", 1, product="motor", region="west"),
            item("open west", 0.5, region="west"),
        ],
        NOW,
    )
    assert ids(queue, skills=["motor"], regions=["west"]) == ["motor west", "open west"]


def test_customers_are_not_claimed_where_it_is_night(queue: Queue) -> None:
    queue.put([item("lisbon", 9, zone="Europe/Lisbon"), item("home", 1)], NOW)
    assert ids(queue) == ["home"]
    assert [waiting.state for waiting in queue.head("all", 5, NOW)] == ["outside_window"]


def test_a_released_customer_stands_where_they_stood(queue: Queue) -> None:
    queue.put([item("first", 2), item("second", 1)], NOW)
    lease = queue.claim("all", "a", 1, SOON, NOW)[0]
    queue.release(lease.id, lease.token, NOW)
    assert ids(queue) == ["first", "second"]


def test_an_expired_lease_returns_the_customer_and_its_token_is_stale(queue: Queue) -> None:
    queue.put([item("ann", 1)], NOW)
    lease = queue.claim("all", "a", 1, SOON, NOW)[0]
    later = SOON + timedelta(seconds=1)
    again = queue.claim("all", "b", 1, later + timedelta(minutes=5), later)[0]
    assert again.customer_id == "ann"
    assert again.token > lease.token
    with pytest.raises(StaleToken):
        queue.complete(lease.id, lease.token, None, [], later)


def test_a_renewed_lease_lasts_longer(queue: Queue) -> None:
    queue.put([item("ann", 1)], NOW)
    lease = queue.claim("all", "a", 1, SOON, NOW)[0]
    queue.renew(lease.id, lease.token, SOON + timedelta(hours=1), NOW)
    queue.settle(SOON + timedelta(minutes=1))
    assert queue.held() == 1


def test_a_wrong_token_changes_nothing(queue: Queue) -> None:
    queue.put([item("ann", 1)], NOW)
    lease = queue.claim("all", "a", 1, SOON, NOW)[0]
    with pytest.raises(StaleToken):
        queue.release(lease.id, lease.token + 1, NOW)
    assert queue.held() == 1


def test_after_an_outcome_the_customer_rests_even_when_ranked_anew(queue: Queue) -> None:
    queue.put([item("ann", 1)], NOW)
    lease = queue.claim("all", "a", 1, SOON, NOW)[0]
    queue.complete(lease.id, lease.token, NOW + timedelta(hours=4), [], NOW)
    queue.put([item("ann", 5)], NOW)
    assert ids(queue) == []
    queue.settle(NOW + timedelta(hours=5))
    assert [waiting.priority for waiting in queue.head("all", 1, NOW)] == [5]


def test_ranking_anew_leaves_a_held_customer_held(queue: Queue) -> None:
    queue.put([item("ann", 1)], NOW)
    queue.claim("all", "a", 1, SOON, NOW)
    queue.put([item("ann", 7)], NOW)
    assert ids(queue) == []


def test_an_unknown_queue_is_not_found(queue: Queue) -> None:
    with pytest.raises(NotFound, match="one of conversion, renewal, all"):
        queue.claim("nothing", "a", 1, SOON, NOW)
