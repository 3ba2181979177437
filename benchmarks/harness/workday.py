"""A simulated day in a call centre, on a real queue and a referee's: everything happens to both."""

from __future__ import annotations

import heapq
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

import numpy as np

from benchmarks.oracles.referee import Referee
from features.configuration import Configuration
from leads.errors import NotFound
from serving.calls.promise import Promise
from serving.clock import day_of
from serving.queue.lease import Lease, Wanted
from serving.queue.places import Item, Place
from serving.wiring.queueing import Queueing

START = datetime(2026, 3, 4, 0, 30, tzinfo=UTC)
"""Half past eight in the morning in Shanghai: nobody may be called yet."""

QUEUES = ("conversion", "all")
REGIONS, LANGUAGES = ("east", "south", "north", "west"), ("mandarin", "cantonese")
ZONES = (None, None, None, "Asia/Urumqi")
QUOTAS = {"campaign:spring": 200, "campaign:members": 2_000}
"""Leads of a campaign that may be handed out on the day."""

TOP, TOP_EACH = 160.0, 10
"""From which priority on a lead is among the best, and how many of those an agent may have."""

RESTS = {
    "no_answer": timedelta(hours=2), "busy": timedelta(minutes=10), "voicemail": timedelta(days=1),
    "not_interested": timedelta(days=30), "interested": timedelta(hours=20), "sale": None,
}  # fmt: skip
ANSWERS = {"no_answer": 0.4, "busy": 0.12, "voicemail": 0.08, "not_interested": 0.12, "interested": 0.08, "sale": 0.03,
           "callback": 0.17}  # fmt: skip
ENDS = {"complete": 0.8, "release": 0.06, "renew": 0.06, "abandon": 0.08}
LEASE = 300.0
BATCH = 20


class Workday:
    """What happens when. happened: how often each thing did."""

    def __init__(
        self, queue: Queueing, referee: Referee, configuration: Configuration, rng: np.random.Generator
    ) -> None:
        self._queue, self._rng = queue, rng
        self._products = tuple(configuration.workspace.products)
        self._zone = configuration.workspace.timezone
        self._grace = configuration.catalogue.queue.queueing.callback_grace
        self._agenda: list[tuple[datetime, int, Callable[[], None]]] = []
        self._turns = count()
        self._tokens: dict[str, int] = {}
        self._customers: list[str] = []
        self.referee = referee
        self.now = START
        self.happened: Counter[str] = Counter()

    def begin(self, size: int, agents: int) -> None:
        """So many leads wait; agents, a dialer, a manager and the customers begin."""
        names = [f"agent-{number}" for number in range(agents)]
        self._put([self._lead(f"customer-{number}", names) for number in range(size)])
        for name in names:
            self._in(self._between(0, 600), self._claims(self._agent(name)))
        dialer = Wanted("dialer", BATCH, LEASE, counters=QUOTAS)
        self._in(60, self._every(240, lambda: self._claim("all", dialer)))
        self._in(1, self._every(7_200 / size, self._event))
        self._in(900, self._every(900, self._push))
        self._in(60, self._every(60, self._settle))

    def passed(self) -> float:
        """Hours since the day began."""
        return (self.now - START) / timedelta(hours=1)

    def work(self, minutes: float) -> None:
        """Let so much of the day pass."""
        until = self.now + timedelta(minutes=minutes)
        while self._agenda[0][0] <= until:
            self.now, _, act = heapq.heappop(self._agenda)
            act()
        self.now = until

    def _in(self, seconds: float, act: Callable[[], None]) -> None:
        # Whole milliseconds, as the store counts.
        at = self.now + timedelta(milliseconds=round(1000 * seconds))
        heapq.heappush(self._agenda, (at, next(self._turns), act))

    def _every(self, seconds: float, act: Callable[[], object]) -> Callable[[], None]:
        def again() -> None:
            act()
            self._in(self._between(0.5, 1.5) * seconds, again)

        return again

    def _agent(self, name: str) -> Wanted:
        """What an agent asks for, all day."""
        skills = self._some(self._products, 2 + self._draw(3))
        regions = self._some(REGIONS, self._draw(3))
        languages = self._some(LANGUAGES, self._draw(2))
        counters = {**QUOTAS, f"top:{name}": TOP_EACH}
        return Wanted(name, 1, LEASE, skills, regions, languages, counters=counters, top=TOP)

    def _claims(self, wanted: Wanted) -> Callable[[], None]:
        """An agent claims, works on what they got, and claims again."""

        def claim() -> None:
            leases = self._claim(QUEUES[self._draw(4) > 0], replace(wanted, limit=1 + (self._draw(10) == 0)))
            self._in(self._between(60, 400) if leases else 30, claim)

        return claim

    def _claim(self, queue: str, wanted: Wanted) -> list[Lease]:
        day = day_of(self.now, self._zone)
        leases = self._queue.leases.claim(queue, wanted, self.now, day)
        self.referee.judge(queue, wanted, leases, self.now, day)
        for lease in leases:
            self._tokens[lease.id] = lease.token
            self._in(self._between(20, 280), self._ends(lease))
        return leases

    def _ends(self, lease: Lease) -> Callable[[], None]:
        def end() -> None:
            what = self._weighed(ENDS)
            held = self.referee.naive.leases.get(lease.id)
            if held is None or held.ends <= self.now:
                what = "too_late"
            self.happened[what] += 1
            if what == "complete":
                self._complete(lease)
            elif what == "release":
                self._queue.leases.release(lease.id, lease.token, self.now)
                self.referee.naive.release(lease.id, self.now)
            elif what == "renew" and held is not None:
                held.ends = self.now + timedelta(seconds=LEASE)
                self._queue.leases.renew(lease.id, lease.token, held.ends, self.now)
                self._in(self._between(20, 280), end)

        return end

    def _complete(self, lease: Lease) -> None:
        disposition = self._weighed(ANSWERS)
        self.happened[disposition] += 1
        promise, rest = None, RESTS.get(disposition)
        until = None if rest is None else self.now + rest
        if disposition == "callback":
            until = self.now + timedelta(minutes=10 + self._draw(180))
            promise = Promise(lease.agent_id, until, until + self._grace)
        self._queue.leases.complete(lease.id, lease.token, until, [], self.now, promise, disposition)
        self.referee.naive.complete(lease.id, until, promise, self.now)

    def _event(self) -> None:
        """A customer does something: they are worth more or less, stand elsewhere, leave the queues or come back."""
        customer = self._customers[self._draw(len(self._customers))]
        before = self.referee.naive.items.get(customer)
        chance = self._rng.random()
        if before is None or chance < 0.1:
            self._put([self._lead(customer, () if before is None or before.owner is None else (before.owner,))])
        elif chance < 0.13:
            self._put([Item(customer, (), {})])
        else:
            worth = float(self._rng.lognormal(0.0, 0.4))
            places = {queue: replace(place, priority=place.priority * worth) for queue, place in before.places.items()}
            self._put([replace(before, places=places)])

    def _push(self) -> None:
        """A manager pushes somebody, or thinks better of it."""
        customer = self._customers[self._draw(len(self._customers))]
        item, act = self.referee.naive.items.get(customer), self._draw(4)
        try:
            (self._queue.pushed.push if act else self._queue.pushed.unpush)(
                customer, "all", "li", "asked for it", self.now
            )
        except NotFound:
            return
        if item is not None:
            self.happened["push"] += 1
            (self.referee.naive.pushed.add if act else self.referee.naive.pushed.discard)(customer)
            self.referee.naive.put(item, self.now)

    def _settle(self) -> None:
        self._queue.time.settle(self.now)
        self.referee.naive.expire(self.now)

    def _put(self, items: list[Item]) -> None:
        self.happened["put"] += len(items)
        self._queue.waiting.put(items, self.now)
        for item in items:
            self.referee.naive.put(item, self.now)

    def _lead(self, customer: str, owners: Any) -> Item:
        """A lead; one in ten shares a number with another, one in ten is somebody's own customer."""
        if customer not in self._tokens:
            self._tokens[customer] = len(self._customers)
            self._customers.append(customer)
        number = self._tokens[customer]
        place = Place(
            float(self._rng.gamma(2.0, 40.0)), "call", self._one(self._products), self._one(REGIONS), self._one(ZONES),
            self._one((None, None, *LANGUAGES)), self._one((None, None, "spring", "members")),
        )  # fmt: skip
        queues = QUEUES if self._draw(3) else QUEUES[1:]
        owner = self._one(owners) if owners and self._draw(10) == 0 else None
        return Item(customer, (f"+86{number - (number % 10 == 9)}",), dict.fromkeys(queues, place), owner)

    def _draw(self, below: int) -> int:
        return int(self._rng.integers(below))

    def _between(self, least: float, most: float) -> float:
        return float(self._rng.uniform(least, most))

    def _one(self, values: Any) -> Any:
        return values[self._draw(len(values))]

    def _some(self, values: tuple[str, ...], size: int) -> tuple[str, ...]:
        return tuple(str(name) for name in self._rng.choice(values, min(size, len(values)), replace=False))

    def _weighed(self, shares: dict[str, float]) -> str:
        return str(self._rng.choice(list(shares), p=list(shares.values())))
