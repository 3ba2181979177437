"""The benchmark of the order finds none wrong, and would see it if one were."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
import redis

from benchmarks.oracles.referee import Referee
from benchmarks.order import run
from serving.queue.lease import Lease, Wanted
from serving.queue.places import Item, Place
from serving.store.keyspace import Keyspace
from serving.wiring.queueing import Queueing

NOW = datetime(2026, 3, 4, 4, tzinfo=UTC)
DAY = "2026-03-04"


@pytest.fixture
def queue(engine: redis.Redis) -> Queueing:
    return Queueing(engine, Keyspace(), 4, (), lambda zones, now: [True] * len(zones))


def referee_of(queue: Queueing, *items: Item) -> Referee:
    referee = Referee.over(queue, timedelta(hours=4))
    for item in items:
        referee.naive.put(item, NOW)
    queue.waiting.put(items, NOW)
    return referee


def item(name: str, priority: float, owner: str | None = None) -> Item:
    return Item(name, (f"+86{name}",), {"all": Place(priority, "call", None, None)}, owner)


def claim(queue: Queueing, wanted: Wanted) -> list[Lease]:
    return queue.leases.claim("all", wanted, NOW, DAY)


def test_half_a_day_of_a_small_centre_is_handed_out_in_order() -> None:
    figures = run(size=150, agents=5, hours=5.0)
    assert figures["wrong"] == []
    assert figures["handed_out"] > 200
    assert {"open", "own_customer", "callback", "pushed"} <= set(figures["orders"])
    assert figures["happened"]["abandon"] > 0
    assert 0 < figures["best"] < figures["handed_out"]


def test_a_claim_in_order_is_found_right(queue: Queueing) -> None:
    referee, wanted = referee_of(queue, item("ann", 2), item("bob", 1)), Wanted("li", 2)
    referee.judge("all", wanted, claim(queue, wanted), NOW, DAY)
    assert referee.seen.out_of_order == referee.seen.unexplained == []
    assert referee.seen.best == 2


def test_a_claim_in_another_order_is_seen_and_no_rule_explains_it(queue: Queueing) -> None:
    referee, wanted = referee_of(queue, item("ann", 2), item("bob", 1)), Wanted("li", 2)
    referee.judge("all", wanted, claim(queue, wanted)[::-1], NOW, DAY)
    assert len(referee.seen.out_of_order) == 1
    assert [text.split()[0] for text in referee.seen.unexplained] == ["bob"]


def test_a_claim_that_leaves_somebody_out_is_seen(queue: Queueing) -> None:
    referee, wanted = referee_of(queue, item("ann", 2), item("bob", 1)), Wanted("li", 2)
    referee.judge("all", wanted, claim(queue, wanted)[:1], NOW, DAY)
    assert len(referee.seen.out_of_order) == 1


def test_a_rule_explains_who_was_worth_more_and_had_to_wait(queue: Queueing) -> None:
    kept, twin = item("kept", 9, owner="wang"), replace(item("twin", 5), phones=("+86ann",))
    referee = referee_of(queue, kept, twin, item("ann", 6), item("own", 1, owner="li"), item("bob", 2))
    wanted = Wanted("li", 3)
    referee.judge("all", wanted, claim(queue, wanted), NOW, DAY)
    assert referee.seen.out_of_order == referee.seen.unexplained == []
    assert referee.seen.orders == {"own_customer": 1, "open": 2}
    assert referee.seen.passed_over_by == {"own_customer": 1, "kept_for_another": 3, "number_held": 1}
