"""The queue against a naive one in memory: whatever happens in whatever order, both hand out the same."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import nullcontext
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path

import pytest
import redis
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from benchmarks.oracles.naive_queue import NaiveQueue
from leads.errors import NotFound, StaleToken
from serving.calls.promise import Promise
from serving.clock import day_of
from serving.queue.lease import Lease, Wanted
from serving.queue.places import Item, Place
from serving.store.engine import connect, running
from serving.store.keyspace import Keyspace
from serving.wiring.queueing import Queueing
from tests.serving.small_home import NOW

CUSTOMERS = [f"c{i}" for i in range(12)]
AGENTS = ["ann", "bob"]
PHONES = [f"+86{i}" for i in range(8)]
QUEUES = ["renewal", "all"]
RESERVE, GRACE = timedelta(minutes=30), timedelta(minutes=15)
NIGHT = "Europe/Lisbon"

customers, agents, queues = st.sampled_from(CUSTOMERS), st.sampled_from(AGENTS), st.sampled_from(QUEUES)
picks = st.integers(0, 30)


def one_of(*values: str) -> st.SearchStrategy[str | None]:
    return st.sampled_from([None, *values])


def some_of(*values: str) -> st.SearchStrategy[tuple[str, ...]]:
    return st.lists(st.sampled_from(values), unique=True, max_size=1).map(tuple)


priorities = st.sampled_from([0.1, 1.0, 2.0, 2.0000000000000004, 30.7])
anywhere = st.builds(
    Place,
    priority=priorities,
    action=st.just("call"),
    product=one_of("motor", "health"),
    region=st.sampled_from(["east", "west"]),
    zone=one_of(NIGHT),
    language=one_of("zh"),
    campaign=one_of("spring"),
)
places = st.one_of(anywhere, st.builds(Place, priorities, st.just("call"), st.none(), st.just("east")))
"""Every other one in the same cell."""

wishes = st.builds(
    Wanted,
    agent_id=agents,
    limit=st.integers(1, 4),
    lease_seconds=st.sampled_from([60, 600]),
    skills=some_of("motor", "health"),
    regions=some_of("east", "west"),
    languages=some_of("zh", "en"),
    without=some_of("spring"),
    counters=st.dictionaries(
        st.sampled_from(["campaign:spring", "agent", "top", "team:red"]), st.sampled_from([0, 1, 2, 3, 8]), max_size=2
    ),
    top=st.sampled_from([None, 2.0]),
    team=one_of("red"),
    most_held=st.sampled_from([None, None, 0, 3]),
)


def closed_by_turns(zones: Sequence[str | None], now: datetime) -> list[bool]:
    """Lisbon may be called in every other hour."""
    return [zone != NIGHT or now.hour % 2 == 0 for zone in zones]


items = st.builds(
    lambda name, place, phones, owner, which: Item(name, tuple(phones), {queue: place for queue in which}, owner),
    customers,
    places,
    st.lists(st.sampled_from(PHONES), unique=True, max_size=2),
    one_of(*AGENTS),
    st.sampled_from([["all"], ["all", "renewal"], ["all", "renewal"], []]),
)


class QueueMachine(RuleBasedStateMachine):
    """Both queues, told the same."""

    client: redis.Redis

    @initialize(told=st.lists(items, min_size=6, max_size=12))
    def begin(self, told: list[Item]) -> None:
        self.client.flushall()
        self.now = self.settled = NOW
        self.real = Queueing(self.client, Keyspace(), 2, ("renewal",), closed_by_turns, RESERVE)
        self.naive = NaiveQueue(RESERVE, lambda now: {"", NIGHT} if now.hour % 2 == 0 else {""})
        self.tokens: dict[str, int] = {}
        self.put(told)

    @rule(told=st.lists(items, min_size=1, max_size=6))
    def put(self, told: list[Item]) -> None:
        for item in told:
            self.real.waiting.put([item], self.now)
            self.naive.put(item, self.now)

    @rule(agent=agents, queue=queues)
    def claim_anything(self, agent: str, queue: str) -> None:
        self.take(queue, Wanted(agent, 5, 600))

    @rule(queue=queues, wanted=wishes)
    def claim(self, queue: str, wanted: Wanted) -> None:
        # The agent's own counters carry their name.
        own = {name: f"{name}:{wanted.agent_id}" for name in ("agent", "top")}
        counters = {own.get(name, name): most for name, most in wanted.counters.items()}
        self.take(queue, replace(wanted, counters=counters))

    def take(self, queue: str, wanted: Wanted) -> None:
        day = day_of(self.now, "Asia/Shanghai")
        self.naive.expire(self.now)
        self.settled = self.now
        expected = list(self.naive.expected(queue, wanted, self.now, day))
        leases = self.real.leases.claim(queue, wanted, self.now, day)
        assert [(lease.customer_id, lease.order) for lease in leases] == expected
        for lease in leases:
            place = self.naive.items[lease.customer_id].places[queue]
            assert (lease.priority, lease.product, lease.campaign) == (place.priority, place.product, place.campaign)
            self.naive.grant(lease.id, lease.customer_id, queue, wanted, self.now, day, lease.order)
            self.tokens[lease.id] = lease.token

    @rule(pick=picks, minutes=st.sampled_from([1, 20]), handed_over=st.booleans())
    def renew_or_hand_over(self, pick: int, minutes: int, handed_over: bool) -> None:
        for lease_id in self._held(pick):
            ends = self.now + timedelta(minutes=minutes)
            if handed_over:
                lease = self.real.leases.find(lease_id)
                assert lease is not None
                assert self.real.leases.hand_over([lease], 60 * minutes, self.now) == [replace(lease, expires_at=ends)]
            else:
                self.real.leases.renew(lease_id, self.tokens[lease_id], ends, self.now)
            self.naive.leases[lease_id].ends = ends

    @rule(pick=picks, taken_back=st.booleans())
    def release_or_take_back(self, pick: int, taken_back: bool) -> None:
        for lease_id in self._held(pick):
            if taken_back:
                self.real.leases.take_back(lease_id, "li", "why", self.now)
            else:
                self.real.leases.release(lease_id, self.tokens[lease_id], self.now)
            self.naive.release(lease_id, self.now)

    @rule(pick=picks, rest=st.sampled_from([None, 0, 0, 10, 240]))
    def complete(self, pick: int, rest: int | None) -> None:
        until = None if rest is None else self.now + timedelta(minutes=rest)
        for lease_id in self._held(pick):
            done = self.real.leases.complete(lease_id, self.tokens[lease_id], until, [], self.now)
            assert isinstance(done, Lease)
            assert done.customer_id == self.naive.leases[lease_id].customer
            self.naive.complete(lease_id, until, None, self.now)

    @rule(pick=picks, minutes=st.sampled_from([0, 20, 90]))
    def promise(self, pick: int, minutes: int) -> None:
        for lease_id in self._held(pick):
            self._promise(lease_id, self.now + timedelta(minutes=minutes))

    @rule(agent=agents)
    def callbacks_come_due(self, agent: str) -> None:
        """One is overdue when another one is due."""
        self.claim_anything(agent, "all")
        mine = [name for name in self._all_held() if self.naive.leases[name].agent == agent]
        for place, lease_id in enumerate(mine[:2]):
            self._promise(lease_id, self.now + place * GRACE)
        self.time_passes(GRACE // timedelta(minutes=1))
        self.claim_anything(agent, "all")

    @rule(name=customers, rest=st.sampled_from([None, 0, 10, 240]))
    def call_without_a_claim(self, name: str, rest: int | None) -> None:
        until = None if rest is None else self.now + timedelta(minutes=rest)
        assert self.real.rests.rest(name, until, self.now)
        self.naive.rest(name, until, self.now)

    @rule(pick=picks)
    def act_on_what_is_no_longer_held(self, pick: int) -> None:
        ended = set(self.naive.leases) - set(self._all_held())
        old = sorted(ended or set(self.tokens) - set(self.naive.leases), key=self.tokens.__getitem__)
        if old:
            lease_id = old[pick % len(old)]
            self._refused(lease_id, self.tokens[lease_id])
            with pytest.raises(NotFound):
                self.real.leases.take_back(lease_id, "li", "why", self.now)

    @rule(pick=picks)
    def act_with_another_token(self, pick: int) -> None:
        for lease_id in self._held(pick):
            self._refused(lease_id, self.tokens[lease_id] + 1)

    @rule(name=customers, queue=queues, again=st.booleans())
    def push(self, name: str, queue: str, again: bool) -> None:
        act = self.real.pushed.push if again else self.real.pushed.unpush
        item = self.naive.items.get(name)
        if item is None or queue not in item.places:
            with pytest.raises(NotFound):
                act(name, queue, "li", "why", self.now)
            return
        act(name, queue, "li", "why", self.now)
        (self.naive.pushed.add if again else self.naive.pushed.discard)(name)
        self.naive.put(item, self.now)

    @rule(name=customers, back=st.one_of(st.none(), items, items))
    def forget(self, name: str, back: Item | None) -> None:
        """They may come back, and nothing is known of them."""
        self.real.people.forget(name, self.now)
        self.naive.forget(name)
        if back is not None:
            self.put([replace(back, customer_id=name)])

    @rule(name=customers, into=customers)
    def join(self, name: str, into: str) -> None:
        if name != into:
            self.real.people.join(name, into, self.now)
            self.naive.join(name, into, self.now)

    @rule(pick=picks)
    def join_two_who_are_held(self, pick: int) -> None:
        held = [self.naive.leases[name].customer for name in self._all_held()]
        if len(held) > 1:
            self.join(held[pick % len(held)], held[(pick + 1) % len(held)])

    @rule(minutes=st.sampled_from([1, 5, 15, 30, 600]))
    def time_passes(self, minutes: int) -> None:
        self.now += timedelta(minutes=minutes)
        self.settled = self.now
        self.real.time.settle(self.now)
        self.naive.expire(self.now)

    @rule(minutes=st.sampled_from([1, 5, 15, 60]))
    def time_passes_and_nobody_settles(self, minutes: int) -> None:
        """Until the next claim, which does."""
        self.now += timedelta(minutes=minutes)

    @invariant()
    def nobody_is_lost(self) -> None:
        """Whoever has an item stands in a queue, waits, or is held: exactly one of them."""
        standing = [name.decode() for name in _members(self.client, "{nextlead}:cell:all:*")]
        waiting = [name.decode() for name in self.client.zrange("{nextlead}:later", 0, -1)]  # type: ignore[union-attr]
        held = [name for name in self.naive.items if self.naive.held(name)]
        assert sorted([*standing, *waiting, *held]) == sorted(self.naive.items)
        ages = [name.decode() for name in self.client.zrange("{nextlead}:waiting", 0, -1)]  # type: ignore[union-attr]
        assert sorted(ages) == sorted(standing)
        if self.settled == self.now:
            assert sorted(waiting) == sorted(
                name for name in self.naive.items if not self.naive.held(name) and self.naive.waits(name, self.now)
            )

    @invariant()
    def what_is_held_is_what_should_be(self) -> None:
        assert self.real.leases.count() == len(self.naive.leases)
        phones = [phone for lease in self.naive.leases.values() for phone in lease.phones]
        assert len(phones) == len(set(phones))
        known = {phone.decode() for phone in self.client.hkeys("{nextlead}:holds:phones")}  # type: ignore[union-attr]
        assert known == set(phones)
        for agent in AGENTS:
            assert self.real.granted.load(agent) == sum(lease.agent == agent for lease in self.naive.leases.values())

    @invariant()
    def what_was_taken_is_counted(self) -> None:
        for day, counts in self.naive.taken.items():
            real = {name: count for name, count in self.real.granted.on(day).items() if count}
            assert real == {name: count for name, count in counts.items() if count}

    def _promise(self, lease_id: str, due: datetime) -> None:
        made = Promise(self.naive.leases[lease_id].agent, due, due + GRACE)
        self.real.leases.complete(lease_id, self.tokens[lease_id], due, [], self.now, made)
        self.naive.complete(lease_id, due, made, self.now)

    def _held(self, pick: int) -> list[str]:
        """One of the leases that have not ended, where there are any."""
        names = self._all_held()
        return [names[pick % len(names)]] if names else []

    def _all_held(self) -> list[str]:
        held = (name for name, lease in self.naive.leases.items() if lease.ends > self.now)
        return sorted(held, key=self.tokens.__getitem__)

    def _refused(self, lease_id: str, token: int) -> None:
        """Whatever is tried with this token."""
        for act in (self.real.leases.release, partial(self.real.leases.renew, ends=self.now + GRACE)):
            with pytest.raises(StaleToken):
                act(lease_id, token, now=self.now)
        with pytest.raises(StaleToken):
            self.real.leases.complete(lease_id, token, None, [], self.now)
        lease = self.real.leases.find(lease_id)
        if lease is not None:
            assert self.real.leases.hand_over([replace(lease, token=token)], 60, self.now) == [None]


def _members(client: redis.Redis, pattern: str) -> Iterator[bytes]:
    for key in client.scan_iter(pattern, count=1000):
        yield from client.zrange(key, 0, -1)  # type: ignore[misc]


def test_the_queue_does_what_the_naive_one_does(tmp_path: Path) -> None:
    given = os.environ.get("NEXTLEAD_TEST_REDIS_URL")
    own = nullcontext(given) if given else running(tmp_path / "engine", fsync="no")
    with own as url, connect(url) as client:
        machine = type("Machine", (QueueMachine,), {"client": client})
        steps = settings(
            max_examples=120, stateful_step_count=100, deadline=None, suppress_health_check=list(HealthCheck)
        )
        run_state_machine_as_test(machine, settings=steps)  # type: ignore[no-untyped-call]
