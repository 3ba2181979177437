"""The queue's time: one clock for all of a service's processes, and leases that run from when they are handed out."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
import redis

from serving.composition import Composition
from serving.live.membership import Membership
from serving.queue.lease import Lease, Wanted
from serving.queue.places import Item, Place
from serving.scoring.dossiers import Dossiers
from serving.scoring.scorer import Scored, Scorer
from serving.store.keyspace import Keyspace
from serving.wiring.queueing import Queueing
from tests.serving.small_home import NOW
from tests.serving.small_service import with_other

FAST, SLOW = timedelta(seconds=2), timedelta(seconds=-2)
SHORT = 0.5
"""Seconds that a lease lasts which is to end while the test waits."""


def open_everywhere(zones: Sequence[str | None], now: datetime) -> list[bool]:
    return [True] * len(zones)


def queue_of(engine: redis.Redis) -> Queueing:
    """A process of the service; all of them work on one store."""
    return Queueing(engine, Keyspace(), 4, ("conversion",), open_everywhere)


def clock() -> datetime:
    return datetime.now(UTC)


def take(queue: Queueing, now: datetime, seconds: float = 60) -> Lease:
    """The one lead that there is."""
    queue.waiting.put([Item("ann", ("+861",), {"all": Place(1.0, "call", None, None)})], now)
    (lease,) = queue.leases.claim("all", Wanted("li", 1, seconds), now, "2026-03-04")
    return lease


@pytest.mark.parametrize("wrong", [FAST, SLOW], ids=["fast", "slow"])
@pytest.mark.parametrize("other", [FAST, SLOW], ids=["by the fast", "by the slow"])
def test_a_lease_lasts_as_long_as_promised_whosever_clock_is_wrong(
    engine: redis.Redis, wrong: timedelta, other: timedelta
) -> None:
    mine, theirs = queue_of(engine), queue_of(engine)
    mine.time.keep(clock())
    lease = take(mine, clock() + wrong, SHORT)
    assert lease.expires_at - lease.granted_at == timedelta(seconds=SHORT)
    assert theirs.time.settle(clock() + other) == 0
    assert mine.leases.count() == 1
    time.sleep(SHORT)
    assert theirs.time.settle(clock() + other) == 1
    assert mine.leases.count() == 0


def test_nobody_is_held_twice_by_processes_whose_clocks_are_apart(engine: redis.Redis) -> None:
    slow, fast = queue_of(engine), queue_of(engine)
    fast.time.keep(clock() + FAST)
    lease = take(slow, clock() + SLOW, 3)
    assert fast.leases.claim("all", Wanted("wang"), clock() + FAST, "2026-03-04") == []
    said = clock() + SLOW
    renewed = slow.leases.renew(lease.id, lease.token, said + timedelta(seconds=3), said)
    assert renewed.expires_at >= lease.expires_at
    assert fast.leases.release(lease.id, lease.token, clock() + FAST).customer_id == "ann"


def test_the_time_that_was_said_first_is_kept(engine: redis.Redis) -> None:
    first = queue_of(engine).time.keep(clock() + FAST)
    assert queue_of(engine).time.keep(clock() + SLOW) == first


def test_a_clock_that_was_set_anew_is_believed(engine: redis.Redis) -> None:
    queue = queue_of(engine)
    before = queue.time.keep(clock())
    assert queue.time.keep(clock() - timedelta(days=30)) < before - timedelta(days=29)


def test_a_service_that_runs_in_the_past_keeps_the_time_of_then(engine: redis.Redis) -> None:
    queue = queue_of(engine)
    queue.time.keep(NOW)
    assert NOW <= take(queue, NOW + FAST).granted_at < NOW + timedelta(minutes=1)


def test_when_the_last_worker_leaves_callers_are_believed_again(engine: redis.Redis) -> None:
    queue, worker = queue_of(engine), Membership(engine, Keyspace(), 4)
    worker.renew()
    queue.time.keep(clock())
    worker.leave()
    assert take(queue, NOW).granted_at == NOW


def test_a_lease_runs_from_when_it_is_handed_over(engine: redis.Redis) -> None:
    queue = queue_of(engine)
    lease = take(queue, NOW)
    later = NOW + timedelta(seconds=40)
    (handed,) = queue.leases.hand_over([lease], 60, later)
    assert handed is not None
    assert handed.expires_at == later + timedelta(seconds=60)
    assert queue.time.settle(NOW + timedelta(seconds=99)) == 0
    assert queue.time.settle(NOW + timedelta(seconds=100)) == 1


def test_what_ended_or_is_another_agents_is_not_handed_over(engine: redis.Redis) -> None:
    queue = queue_of(engine)
    lease, later = take(queue, NOW), NOW + timedelta(seconds=60)
    assert queue.leases.hand_over([lease], 60, later) == [None]
    assert queue.leases.claim("all", Wanted("wang"), later, "2026-03-04")[0].customer_id == "ann"
    assert queue.leases.hand_over([lease], 60, later) == [None]
    assert queue.leases.hand_over([replace(lease, token=lease.token + 1)], 60, NOW) == [None]


class SlowScorer(Scorer):
    """As on a machine that has too much to do."""

    def score_dossiers(self, dossiers: Dossiers, now: datetime) -> Scored:
        time.sleep(SHORT)
        return super().score_dossiers(dossiers, now)


@pytest.fixture
def slow(parts: Composition) -> Composition:
    """The service where scoring takes half a second; a worker keeps its time."""
    parts.queue.time.keep(parts.clock.now())
    scorer = SlowScorer(
        parts.configuration, parts.dossiers, parts.hot, parts.contacts, parts.models, parts.attempt_records,
        parts.queue.promises,
    )  # fmt: skip
    return with_other(parts, scorer=scorer)


def store_time(parts: Composition) -> datetime:
    """The time by which the queue goes, to the millisecond."""
    ahead = parts.queue.time.keep(parts.clock.now())
    seconds, microseconds = parts.client.time()  # type: ignore[misc]
    return datetime.fromtimestamp(seconds, UTC) + timedelta(milliseconds=microseconds // 1000) + ahead


def test_an_agent_has_the_whole_lease_however_long_it_takes_to_decide(slow: Composition) -> None:
    now = store_time(slow)
    (told,) = slow.claims.claim("all", Wanted("ann", 1, 60), slow.clock.now())["leases"]
    expires = datetime.fromisoformat(told["expires_at"])
    assert expires >= now + timedelta(seconds=60 + SHORT)
    kept = slow.queue.leases.find(told["lease_id"])
    assert kept is not None
    assert kept.expires_at == expires


def test_what_ended_before_it_was_decided_on_is_not_handed_out(slow: Composition) -> None:
    waiting = slow.queue.waiting.size("all")
    assert slow.claims.claim("all", Wanted("ann", 2, SHORT / 2), slow.clock.now())["leases"] == []
    slow.queue.time.settle(slow.clock.now())
    assert slow.queue.waiting.size("all") == waiting
