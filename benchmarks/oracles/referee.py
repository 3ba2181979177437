"""A referee who keeps a naive queue beside the real one, and judges each claim by it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from benchmarks.oracles.naive_queue import ORDERS, NaiveQueue
from serving.queue.lease import Lease, Wanted
from serving.wiring.queueing import Queueing

NONE = "no rule"


@dataclass
class Seen:
    """What claims did. out_of_order: claims that handed out other leads than the rules say, or in another order.

    orders: leads by the order that they came in. best: leads before which nobody was worth more who fitted and was
    ready. passed_over_by: of all other leads, the rules by which those who were worth more had to wait. unexplained:
    leads where no rule did.
    """

    claims: int = 0
    handed_out: int = 0
    best: int = 0
    out_of_order: list[str] = field(default_factory=list)
    unexplained: list[str] = field(default_factory=list)
    orders: Counter[str] = field(default_factory=Counter)
    passed_over_by: Counter[str] = field(default_factory=Counter)


@dataclass
class Referee:
    """naive: told of all that the real queue is told of."""

    naive: NaiveQueue
    seen: Seen = field(default_factory=Seen)

    @classmethod
    def over(cls, queue: Queueing, reserve: timedelta) -> Referee:
        """With the hours of a queue."""
        return cls(NaiveQueue(reserve, lambda now: set(queue.zones.open_at(now))))

    def judge(self, queue: str, wanted: Wanted, leases: Sequence[Lease], now: datetime, day: str) -> None:
        """Compare a claim's answer with the rules at its moment, and keep what was granted."""
        self.naive.expire(now)
        expected = list(self.naive.expected(queue, wanted, now, day))
        given = [(lease.customer_id, lease.order) for lease in leases]
        self.seen.claims += 1
        self.seen.handed_out += len(leases)
        if given != expected:
            self.seen.out_of_order.append(f"{wanted.agent_id} at {now}: {given} and not {expected}")
        for lease in leases:
            self._explain(queue, wanted, lease, now, day)
            self.naive.grant(lease.id, lease.customer_id, queue, wanted, now, day, lease.order)

    def _explain(self, queue: str, wanted: Wanted, lease: Lease, now: datetime, day: str) -> None:
        """Why those who were worth more did not come before this one."""
        better = [
            name
            for name, place in self.naive.fitting(queue, wanted, now)
            if place.priority > lease.priority and not self.naive.waits(name, now)
        ]
        rules = {self._rule(name, queue, wanted, lease, now, day) for name in better}
        self.seen.orders[lease.order] += 1
        self.seen.best += not rules
        self.seen.passed_over_by.update(rules - {NONE})
        if NONE in rules:
            self.seen.unexplained.append(f"{lease.customer_id} to {wanted.agent_id} at {now}")

    def _rule(self, customer: str, queue: str, wanted: Wanted, lease: Lease, now: datetime, day: str) -> str:
        """By which rule somebody who is ready waits while one of less worth is given; `NONE` where none says so."""
        naive = self.naive
        order = naive.order(customer, wanted.agent_id, now)
        if order is None:
            return "kept_for_another"
        if ORDERS.index(lease.order) < ORDERS.index(order):
            return lease.order
        if naive.phones_held() & set(naive.items[customer].phones):
            return "number_held"
        taken = naive.taken.get(day, Counter())
        for name in naive.counters(naive.items[customer].places[queue], wanted, order):
            if name in wanted.counters and taken[name] >= wanted.counters[name]:
                return name.partition(":")[0] + "_quota"
        return NONE
