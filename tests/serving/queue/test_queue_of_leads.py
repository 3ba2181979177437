"""The queue: best first, never twice, and always the customer's place kept."""

from __future__ import annotations

import json
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from typing import Any

import pytest
import redis

from leads.errors import NotFound, StaleToken
from serving.calls.promise import Promise
from serving.clock import written
from serving.queue.lease import Lease, Wanted
from serving.queue.places import Item, Place
from serving.store.keyspace import Keyspace
from serving.wiring.queueing import Queueing
from tests.serving.small_home import NOW

SOON = NOW + timedelta(minutes=5)


def east_is_open(zones: Sequence[str | None], now: datetime) -> list[bool]:
    return [zone != "Europe/Lisbon" for zone in zones]


@pytest.fixture
def queue(engine: redis.Redis) -> Queueing:
    return Queueing(engine, Keyspace(), 4, ("conversion", "renewal"), east_is_open)


def item(name: str, priority: float, phone: str | None = None, **more: str) -> Item:
    owner = more.pop("owner", None)
    place = Place(priority, "call", more.pop("product", None), more.pop("region", None), **more)
    return Item(name, () if phone is None else (phone,), {"conversion": place, "all": place}, owner)


def claim(queue: Queueing, agent: str = "ann", limit: int = 10, now: datetime = NOW, **more: Any) -> list[Lease]:
    return queue.leases.claim("all", Wanted(agent, limit, 300, **more), now, "2026-03-04")


def ids(queue: Queueing, limit: int = 10, **more: Any) -> list[str]:
    return [lease.customer_id for lease in claim(queue, limit=limit, **more)]


def test_the_best_are_claimed_first(queue: Queueing) -> None:
    queue.waiting.put([item("low", 1), item("high", 3, region="north"), item("middle", 2)], NOW)
    assert ids(queue) == ["high", "middle", "low"]


def test_the_best_are_claimed_first_however_many_cells_they_stand_in(queue: Queueing) -> None:
    worth = {f"c{n:03d}": float(n * 37 % 101) for n in range(100)}
    region = {name: f"r{n % 50}" for n, name in enumerate(worth)}
    queue.waiting.put([item(name, worth[name], region=region[name]) for name in worth], NOW)
    best = sorted(worth, key=lambda name: -worth[name])
    assert ids(queue, 30) == best[:30]
    # Most of these cells hold nobody any more who is worth what their best ones were.
    assert ids(queue, 20) == best[30:50]
    asked = {region[name] for name in best[-3:]}
    left = [name for name in best[50:] if region[name] in asked]
    assert ids(queue, 3, regions=tuple(sorted(asked))) == left[:3]


def test_a_claimed_customer_is_gone_from_every_queue(queue: Queueing) -> None:
    queue.waiting.put([item("ann", 1)], NOW)
    assert queue.leases.claim("conversion", Wanted("a"), NOW, "2026-03-04")[0].customer_id == "ann"
    assert ids(queue) == []
    assert queue.waiting.size("all") == 0


def test_two_customers_with_one_phone_are_never_held_at_once(queue: Queueing) -> None:
    queue.waiting.put([item("mother", 2, "+861"), item("father", 1, "+861"), item("other", 0.5, "+862")], NOW)
    assert ids(queue) == ["mother", "other"]
    assert [waiting.state for waiting in queue.waiting.head("all", 5, NOW)] == ["phone_held"]


def test_a_lead_is_never_claimed_twice_by_many_callers(queue: Queueing) -> None:
    queue.waiting.put([item(f"c{i}", i % 17, f"+86{i // 2}") for i in range(400)], NOW)
    with ThreadPoolExecutor(16) as pool:
        claims = list(pool.map(lambda n: claim(queue, f"a{n}", 3), range(160)))
    leases = [lease for claim in claims for lease in claim]
    phones = [int(lease.customer_id[1:]) // 2 for lease in leases]
    assert len({lease.customer_id for lease in leases}) == len(leases) == 200
    assert len(set(phones)) == 200
    assert len({lease.token for lease in leases}) == 200


def test_skills_and_regions_narrow_the_claim(queue: Queueing) -> None:
    queue.waiting.put(
        [
            item("motor east", 3, product="motor", region="east"),
            item("health east", 2, product="health", region="east"),
            item("motor west", 1, product="motor", region="west"),
            item("open west", 0.5, region="west"),
        ],
        NOW,
    )
    assert ids(queue, skills=("motor",), regions=("west",)) == ["motor west", "open west"]


def test_customers_are_not_claimed_where_it_is_night(queue: Queueing) -> None:
    queue.waiting.put([item("lisbon", 9, zone="Europe/Lisbon"), item("home", 1)], NOW)
    assert ids(queue) == ["home"]
    assert [waiting.state for waiting in queue.waiting.head("all", 5, NOW)] == ["outside_window"]


def test_zones_that_came_after_a_claim_are_open_as_they_are(queue: Queueing) -> None:
    queue.waiting.put([item("home", 1)], NOW)
    assert ids(queue) == ["home"]
    queue.waiting.put([item("lisbon", 9, zone="Europe/Lisbon"), item("tokyo", 1, zone="Asia/Tokyo")], NOW)
    assert ids(queue) == ["tokyo"]


def test_a_released_customer_stands_where_they_stood(queue: Queueing) -> None:
    queue.waiting.put([item("first", 2), item("second", 1)], NOW)
    lease = claim(queue, "a", 1)[0]
    queue.leases.release(lease.id, lease.token, NOW)
    assert ids(queue) == ["first", "second"]


def test_an_expired_lease_returns_the_customer_and_its_token_is_stale(queue: Queueing) -> None:
    queue.waiting.put([item("ann", 1)], NOW)
    lease = claim(queue, "a", 1)[0]
    later = SOON + timedelta(seconds=1)
    again = claim(queue, "b", 1, later)[0]
    assert again.customer_id == "ann"
    assert again.token > lease.token
    with pytest.raises(StaleToken):
        queue.leases.complete(lease.id, lease.token, None, [], later)


def test_who_comes_back_from_a_lease_that_ended_has_waited_since_before(queue: Queueing) -> None:
    queue.waiting.put([item("ann", 1), item("bob", 2)], NOW)
    claim(queue, "a", 2, NOW + timedelta(minutes=1))
    queue.time.settle(NOW + timedelta(hours=1))
    (first, second) = queue.waiting.head("all", 2, NOW + timedelta(hours=1))
    assert first.since == second.since == written(NOW)


def test_a_renewed_lease_lasts_longer(queue: Queueing) -> None:
    queue.waiting.put([item("ann", 1)], NOW)
    lease = claim(queue, "a", 1)[0]
    queue.leases.renew(lease.id, lease.token, SOON + timedelta(hours=1), NOW)
    queue.time.settle(SOON + timedelta(minutes=1))
    assert queue.leases.count() == 1


def test_a_wrong_token_changes_nothing(queue: Queueing) -> None:
    queue.waiting.put([item("ann", 1)], NOW)
    lease = claim(queue, "a", 1)[0]
    with pytest.raises(StaleToken):
        queue.leases.release(lease.id, lease.token + 1, NOW)
    assert queue.leases.count() == 1


def test_after_an_outcome_the_customer_rests_even_when_ranked_anew(queue: Queueing) -> None:
    queue.waiting.put([item("ann", 1)], NOW)
    lease = claim(queue, "a", 1)[0]
    queue.leases.complete(lease.id, lease.token, NOW + timedelta(hours=4), [], NOW)
    queue.waiting.put([item("ann", 5)], NOW)
    assert ids(queue) == []
    queue.time.settle(NOW + timedelta(hours=5))
    assert [waiting.priority for waiting in queue.waiting.head("all", 1, NOW)] == [5]


def test_ranking_anew_leaves_a_held_customer_held(queue: Queueing) -> None:
    queue.waiting.put([item("ann", 1)], NOW)
    claim(queue, "a", 1)
    queue.waiting.put([item("ann", 7)], NOW)
    assert ids(queue) == []


def test_an_unknown_queue_is_not_found(queue: Queueing) -> None:
    with pytest.raises(NotFound, match="one of conversion, renewal, all"):
        queue.leases.claim("nothing", Wanted("a"), NOW, "2026-03-04")


def test_an_agent_gets_who_speaks_their_language_or_any(queue: Queueing) -> None:
    queue.waiting.put([item("a", 3, language="cantonese"), item("b", 2), item("c", 1, language="mandarin")], NOW)
    assert ids(queue, languages=("mandarin",)) == ["b", "c"]
    assert ids(queue) == ["a"]


def test_what_belongs_to_a_paused_campaign_is_left(queue: Queueing) -> None:
    queue.waiting.put([item("a", 3, campaign="spring"), item("b", 2, campaign="autumn"), item("c", 1)], NOW)
    assert ids(queue, without=("spring",)) == ["b", "c"]


def test_pushed_come_first_then_callbacks_own_customers_and_the_rest(queue: Queueing) -> None:
    names = ("own", "mine", "overdue", "pushed", "best", "theirs")
    queue.waiting.put(
        [item(name, 9 if name == "best" else 1, owner="ann" if name == "own" else None) for name in names], NOW
    )
    promise(queue, "overdue", "bob", NOW + timedelta(minutes=1))
    promise(queue, "mine", "ann", NOW + timedelta(minutes=40))
    promise(queue, "theirs", "bob", NOW + timedelta(minutes=40))
    queue.pushed.push("pushed", "all", "li", "complained about waiting", NOW)
    leases = claim(queue, now=NOW + timedelta(minutes=45))
    assert [(lease.customer_id, lease.order) for lease in leases] == [
        ("pushed", "pushed"), ("mine", "callback"), ("overdue", "overdue_callback"), ("own", "own_customer"),
        ("best", "open"),
    ]  # fmt: skip


def test_a_promised_callback_is_its_agents_when_due_and_anyones_after_the_grace(queue: Queueing) -> None:
    queue.waiting.put([item("ann", 1)], NOW)
    due = NOW + timedelta(hours=2)
    promise(queue, "ann", "wang", due)
    assert claim(queue, "wang", now=due - timedelta(seconds=1)) == []
    assert claim(queue, "li", now=due + timedelta(minutes=14)) == []
    assert [lease.customer_id for lease in claim(queue, "wang", now=due)] == ["ann"]
    late = due + timedelta(minutes=15)
    assert [lease.order for lease in claim(queue, "li", now=late)] == ["overdue_callback"]


def test_an_own_customer_is_recalled_once_after_the_service_time(queue: Queueing, engine: redis.Redis) -> None:
    queue.waiting.put([item("ann", 1, owner="wang")], NOW)
    assert claim(queue, "li") == []
    for minutes in (241, 242, 300):
        queue.time.settle(NOW + timedelta(minutes=minutes))
        queue.waiting.put([item("ann", minutes, owner="wang")], NOW + timedelta(minutes=minutes))
    (recalled,) = [event for event in events(engine) if event["type"] == "lead.recalled"]
    assert recalled["customer_id"] == "ann"
    assert recalled["data"] == {
        "queue": "conversion", "agent_id": "wang", "since": int(NOW.timestamp() * 1000), "what": "own_customer"
    }  # fmt: skip
    assert [lease.order for lease in claim(queue, "li", now=NOW + timedelta(hours=6))] == ["open"]


def test_the_service_time_of_an_own_customer_begins_when_they_are_ready_again(queue: Queueing) -> None:
    queue.waiting.put([item("ann", 1, owner="wang")], NOW)
    lease = claim(queue, "wang")[0]
    ready = NOW + timedelta(days=1)
    queue.leases.complete(lease.id, lease.token, ready, [], NOW)
    queue.time.settle(ready)
    assert claim(queue, "li", now=ready + timedelta(hours=3)) == []
    assert len(claim(queue, "li", now=ready + timedelta(hours=4))) == 1


def test_a_push_lasts_until_a_call_is_completed_and_says_by_whom_and_why(queue: Queueing, engine: redis.Redis) -> None:
    queue.waiting.put([item("ann", 1), item("bob", 2)], NOW)
    queue.pushed.push("ann", "all", "li", "asked for it", NOW)
    lease = claim(queue, limit=1)[0]
    queue.leases.release(lease.id, lease.token, NOW)
    lease = claim(queue, limit=1)[0]
    queue.leases.complete(lease.id, lease.token, NOW + timedelta(minutes=1), [], NOW)
    later = NOW + timedelta(minutes=2)
    assert [lease.customer_id for lease in claim(queue, now=later)] == ["bob", "ann"]
    assert events(engine)[0]["data"] == {"queue": "all", "by": "li", "why": "asked for it"}


def test_who_does_not_stand_in_a_queue_cannot_be_pushed_there(queue: Queueing) -> None:
    queue.waiting.put([item("ann", 1)], NOW)
    with pytest.raises(NotFound, match="stands in the queue renewal"):
        queue.pushed.push("ann", "renewal", "li", "why not", NOW)


def test_what_a_lease_that_has_just_ended_counted_may_be_taken_in_the_claim_that_finds_it_ended(
    queue: Queueing,
) -> None:
    queue.waiting.put([Item("ann", ("+861",), {"all": Place(1, "call", None, None)})], NOW)
    asked = Wanted("bob", counters={"agent:bob": 1})
    assert len(queue.leases.claim("all", asked, NOW, "2026-03-04")) == 1
    later = NOW + timedelta(seconds=asked.lease_seconds)
    assert [lease.customer_id for lease in queue.leases.claim("all", asked, later, "2026-03-04")] == ["ann"]


def test_a_quota_holds_under_many_callers_at_once(queue: Queueing) -> None:
    queue.waiting.put([item(f"c{i}", i, campaign=("spring", "autumn")[i % 2]) for i in range(200)], NOW)
    most = {"campaign:spring": 30, "agent:ann": 45}
    with ThreadPoolExecutor(16) as pool:
        claims = list(pool.map(lambda n: claim(queue, "ann", 3, counters=most), range(100)))
    campaigns = [lease.campaign for leases in claims for lease in leases]
    assert len(campaigns) == 45
    assert campaigns.count("spring") <= 30
    assert queue.granted.on("2026-03-04")["agent:ann"] == 45


def test_top_leads_are_passed_over_once_their_share_is_used_up(queue: Queueing) -> None:
    queue.waiting.put([item(f"c{i}", i) for i in range(10)], NOW)
    assert ids(queue, limit=4, top=6.0, counters={"top:ann": 2}) == ["c9", "c8", "c5", "c4"]


def test_what_is_given_back_counts_no_longer(queue: Queueing) -> None:
    queue.waiting.put([item("ann", 1, campaign="spring")], NOW)
    lease = claim(queue)[0]
    assert queue.granted.on("2026-03-04") == {"agent:ann": 1, "campaign:spring": 1}
    queue.leases.release(lease.id, lease.token, NOW)
    assert queue.granted.on("2026-03-04") == {"agent:ann": 0, "campaign:spring": 0}


def test_any_number_of_a_customer_keeps_others_from_it(queue: Queueing) -> None:
    both = Place(5, "call", None, None)
    queue.waiting.put(
        [Item("two", ("+861", "+862"), {"all": both}), item("old", 2, "+862"), item("free", 1, "+863")], NOW
    )
    assert ids(queue) == ["two", "free"]


def test_a_promise_and_a_push_follow_a_customer_to_who_they_turn_out_to_be(queue: Queueing) -> None:
    queue.waiting.put([item("twin", 1), item("ann", 1), item("bob", 5)], NOW)
    promise(queue, "twin", "wang", NOW + timedelta(hours=1))
    queue.pushed.push("twin", "all", "li", "vip", NOW)
    queue.people.join("twin", "ann", NOW)
    assert queue.promises.of(["twin", "ann"])[0] is None
    assert ids(queue) == ["bob"]
    assert [lease.order for lease in claim(queue, "wang", 1, NOW + timedelta(hours=1))] == ["pushed"]


def test_nothing_of_a_forgotten_customer_is_left(queue: Queueing, engine: redis.Redis) -> None:
    queue.waiting.put([item("ann", 1, "+861", owner="wang")], NOW)
    promise(queue, "ann", "wang", NOW + timedelta(hours=1))
    queue.time.settle(NOW + timedelta(hours=1))
    queue.pushed.push("ann", "all", "li", "vip", NOW + timedelta(hours=1))
    queue.people.forget("ann", NOW)
    left = [key for key in engine.scan_iter("*") if b"stream" not in key and holds(engine, key, "ann")]
    assert left == []


def holds(engine: redis.Redis, key: bytes, customer: str) -> bool:
    """Whether a hash or sorted set has the customer."""
    kind = engine.type(key)
    if kind == b"hash":
        return bool(engine.hexists(key, customer))  # type: ignore[arg-type]
    return kind == b"zset" and engine.zscore(key, customer) is not None  # type: ignore[arg-type]


def promise(queue: Queueing, customer: str, agent: str, due: datetime) -> None:
    """Have the customer claimed, and called back at a time."""
    leases = {lease.customer_id: lease for lease in claim(queue, agent)}
    chosen = leases.pop(customer)
    made = Promise(agent, due, due + timedelta(minutes=15))
    queue.leases.complete(chosen.id, chosen.token, due, [], NOW, made)
    for lease in leases.values():
        queue.leases.release(lease.id, lease.token, NOW)


def events(engine: redis.Redis) -> list[dict[str, Any]]:
    """What the queue told, in order within a customer."""
    return [
        json.loads(fields[b"event"])
        for partition in range(4)
        for _, fields in engine.xrange(f"{{nextlead}}:stream:{partition}")  # type: ignore[union-attr]
    ]
