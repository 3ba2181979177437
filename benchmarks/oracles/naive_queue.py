"""The queue once more, naive and in memory: plain dictionaries, all of them looked at each time.

Written from the queue's rules, not from its scripts, so that it shares no mistake with what it checks.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from serving.calls.promise import Promise
from serving.queue.lease import Wanted
from serving.queue.places import Item, Place

ORDERS = ("pushed", "callback", "overdue_callback", "own_customer", "open")


@dataclass
class Held:
    """A customer in somebody's hands."""

    customer: str
    phones: tuple[str, ...]
    agent: str
    ends: datetime
    day: str
    counted: list[str]


@dataclass
class NaiveQueue:
    """What the queues should do. open_zones: where calls are allowed at a time."""

    reserve: timedelta
    open_zones: Callable[[datetime], set[str]]
    items: dict[str, Item] = field(default_factory=dict)
    rests: dict[str, datetime | None] = field(default_factory=dict)
    promises: dict[str, Promise] = field(default_factory=dict)
    pushed: set[str] = field(default_factory=set)
    ready_since: dict[str, tuple[str, datetime]] = field(default_factory=dict)
    leases: dict[str, Held] = field(default_factory=dict)
    taken: dict[str, Counter[str]] = field(default_factory=dict)

    def expire(self, now: datetime) -> None:
        """Leases that ended are no more, nor counted; from then on customers who are ready wait for their owners."""
        for lease in self.leases.values():
            if lease.ends <= now:
                self.taken[lease.day].subtract(lease.counted)
        self.leases = {name: lease for name, lease in self.leases.items() if lease.ends > now}
        held = self.all_held()
        self.ready_since = {c: since for c, since in self.ready_since.items() if c in self.items or c in held}
        for customer in self.items:
            if customer not in held:
                self._ready(customer, now)

    def put(self, item: Item, now: datetime) -> None:
        if item.places:
            self.items[item.customer_id] = item
        else:
            self.items.pop(item.customer_id, None)
            if not self.held(item.customer_id):
                self.ready_since.pop(item.customer_id, None)
        self._note(item.customer_id, now)

    def held(self, customer: str) -> bool:
        return any(lease.customer == customer for lease in self.leases.values())

    def all_held(self) -> set[str]:
        return {lease.customer for lease in self.leases.values()}

    def phones_held(self) -> set[str]:
        return {phone for lease in self.leases.values() for phone in lease.phones}

    def order(self, customer: str, agent: str, now: datetime) -> str | None:
        """Why an agent may take somebody who is not held; None where they may not."""
        if self.waits(customer, now):
            return None
        if customer in self.pushed:
            return "pushed"
        promise = self.promises.get(customer)
        if promise is not None:
            if now >= promise.until:
                return "overdue_callback"
            return "callback" if promise.agent_id == agent else None
        owner, since = self.ready_since.get(customer, (None, now))
        if owner is None or now >= since + self.reserve:
            return "open"
        return "own_customer" if owner == agent else None

    def waits(self, customer: str, now: datetime) -> bool:
        rest = self.rests.get(customer, now)
        if rest is None:
            return True
        promise = self.promises.get(customer)
        return (rest if promise is None else promise.due) > now

    def expected(self, queue: str, wanted: Wanted, now: datetime, day: str) -> Iterator[tuple[str, str]]:
        """What a claim hands out: customer and order, the first first."""
        counts = Counter(self.taken.get(day, Counter()))
        phones = self.phones_held()
        load = sum(lease.agent == wanted.agent_id for lease in self.leases.values())
        left = wanted.limit if wanted.most_held is None else max(0, min(wanted.limit, wanted.most_held - load))
        for customer, order in self._sorted(queue, wanted, now):
            item = self.items[customer]
            names = self.counters(item.places[queue], wanted, order)
            full = any(name in wanted.counters and counts[name] >= wanted.counters[name] for name in names)
            if left and not full and not phones & set(item.phones):
                yield customer, order
                left -= 1
                counts.update(names)
                phones |= set(item.phones)

    def counters(self, place: Place, wanted: Wanted, order: str) -> list[str]:
        names = [f"agent:{wanted.agent_id}"]
        if wanted.team:
            names.append(f"team:{wanted.team}")
        if place.campaign:
            names.append(f"campaign:{place.campaign}")
        if wanted.top is not None and order == "open" and place.priority >= wanted.top:
            names.append(f"top:{wanted.agent_id}")
        return names

    def _sorted(self, queue: str, wanted: Wanted, now: datetime) -> list[tuple[str, str]]:
        found = []
        for customer, place in self.fitting(queue, wanted, now):
            order = self.order(customer, wanted.agent_id, now)
            if order is not None:
                found.append((ORDERS.index(order), -place.priority, customer, order))
        found.sort(key=lambda row: row[2], reverse=True)
        found.sort(key=lambda row: row[:2])
        return [(customer, order) for _, _, customer, order in found]

    def fitting(self, queue: str, wanted: Wanted, now: datetime) -> Iterator[tuple[str, Place]]:
        """Whom nobody holds and who fits what an agent asks for, at this hour; whether they are ready or not."""
        zones, held = self.open_zones(now), self.all_held()
        for customer, item in self.items.items():
            place = item.places.get(queue)
            if place is not None and customer not in held and _fits(place, wanted) and (place.zone or "") in zones:
                yield customer, place

    def grant(
        self, lease_id: str, customer: str, queue: str, wanted: Wanted, now: datetime, day: str, order: str
    ) -> None:
        item = self.items[customer]
        counted = self.counters(item.places[queue], wanted, order)
        self.taken.setdefault(day, Counter()).update(counted)
        ends = now + timedelta(seconds=wanted.lease_seconds)
        self.leases[lease_id] = Held(customer, item.phones, wanted.agent_id, ends, day, counted)

    def release(self, lease_id: str, now: datetime) -> None:
        lease = self.leases.pop(lease_id)
        self.taken[lease.day].subtract(lease.counted)
        self._back(lease.customer, now)

    def complete(self, lease_id: str, rest: datetime | None, promise: Promise | None, now: datetime) -> None:
        customer = self.leases.pop(lease_id).customer
        self.rests[customer] = rest
        self.pushed.discard(customer)
        self.ready_since.pop(customer, None)
        self.promises.pop(customer, None)
        if promise is not None:
            self.promises[customer] = promise
        self._back(customer, now)

    def rest(self, customer: str, until: datetime | None, now: datetime) -> None:
        """After a call that nobody had claimed."""
        self.rests[customer] = until
        for kept in (self.promises, self.ready_since):
            kept.pop(customer, None)
        self.pushed.discard(customer)
        self._note(customer, now)

    def forget(self, customer: str) -> None:
        for kept in (self.items, self.rests, self.promises, self.ready_since):
            kept.pop(customer, None)
        self.pushed.discard(customer)
        self.leases = {name: lease for name, lease in self.leases.items() if lease.customer != customer}

    def join(self, gone: str, kept: str, now: datetime) -> None:
        rests = [self.rests[name] for name in (gone, kept) if name in self.rests]
        promises = [self.promises[name] for name in (kept, gone) if name in self.promises]
        pushed, held = gone in self.pushed, [name for name, lease in self.leases.items() if lease.customer == gone]
        moved = [replace_customer(self.leases[name], kept) for name in held]
        self.forget(gone)
        self.leases |= dict(zip(held, moved, strict=True))
        if rests:
            self.rests[kept] = None if None in rests else max(rest for rest in rests if rest is not None)
        if promises:
            self.promises[kept] = min(promises, key=lambda promise: promise.due)
        if pushed:
            self.pushed.add(kept)
        self._back(kept, now)

    def _back(self, customer: str, now: datetime) -> None:
        if customer not in self.items and not self.held(customer):
            self.ready_since.pop(customer, None)
        self._note(customer, now)

    def _note(self, customer: str, now: datetime) -> None:
        if customer in self.items and not self.held(customer):
            self._ready(customer, now)

    def _ready(self, customer: str, now: datetime) -> None:
        """From when they are ready for their owner."""
        item = self.items[customer]
        if self.waits(customer, now):
            return
        if customer in self.pushed or customer in self.promises:
            return
        if item.owner is None:
            self.ready_since.pop(customer, None)
        elif self.ready_since.get(customer, (None,))[0] != item.owner:
            self.ready_since[customer] = (item.owner, now)


def replace_customer(lease: Held, customer: str) -> Held:
    return replace(lease, customer=customer)


def _fits(place: Place, wanted: Wanted) -> bool:
    return (
        (not wanted.skills or place.product is None or place.product in wanted.skills)
        and (not wanted.regions or place.region in wanted.regions)
        and (not wanted.languages or place.language is None or place.language in wanted.languages)
        and place.campaign not in wanted.without
    )
