"""The queue: who is called next, and the leases that keep two agents from one customer or phone."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import count
from typing import Any
from uuid import uuid4

import msgspec
import redis

from leads.errors import NotFound, StaleToken
from serving.calls.attempt_records import AttemptRecord, AttemptRecords, pack
from serving.calls.promises import Promise, row_of
from serving.clock import microseconds, milliseconds, written
from serving.events.stream import Event
from serving.queue.leases import Lease, Recall, Wanted, lease_of, recall_of
from serving.queue.places import AgesAnswer, Cell, Item, Promised, QueueItem, waiting
from serving.store.keyspace import Keyspace, partition_of
from serving.store.records import Asked, CallOutcome, HeadRow, RestingNumber
from serving.store.scripts import Scripts
from serving.store.words import ALL, NEVER, SOURCE

SKEW = timedelta(seconds=5)
"""By how much the clocks of a service's processes may be wrong."""

_KEPT = timedelta(minutes=1)
"""How long the time is kept when no worker keeps it any more."""

Hours = Callable[[Sequence[str | None], datetime], Sequence[bool]]
"""Whether customers of these time zones may be called at a time."""


class Queue:
    """The queues of one service. Every step is one script: no two callers interleave.

    Times are passed in. While a worker keeps the time (`keep_time`), `now` is the store's, whatever a caller's clock
    says: processes whose clocks are apart agree on when a lease ends. reserve: how long a customer who is ready is kept
    for the agent who owns them.
    """

    def __init__(
        self,
        client: redis.Redis,
        keyspace: Keyspace,
        partitions: int,
        names: Sequence[str],
        hours: Hours,
        reserve: timedelta = timedelta(hours=4),
    ) -> None:
        self._client = client
        self._hours = hours
        self._keys = keyspace
        self._partitions = partitions
        self._reserve = reserve
        self._attempt_records = AttemptRecords(client, keyspace)
        self._scripts = Scripts(client, keyspace)
        self.names = (*names, ALL)

    def keep_time(self, now: datetime) -> timedelta:
        """Have the store's clock decide from now on, so far ahead of its own as returned; to be said again and again.

        What was said first holds, as long as others are not more than `SKEW` from it; after `_KEPT` without it callers
        are believed again.
        """
        limits = (_length(SKEW), _length(_KEPT))
        return timedelta(milliseconds=self._scripts.run("clock", milliseconds(now), *limits))

    def put(self, items: Sequence[Item], now: datetime, pipeline: Any = None) -> None:
        """Set where customers stand; an item without places leaves the queues. A held customer stays held."""
        if items:
            unique = {item.customer_id: item for item in items}
            arguments = [part for name, item in unique.items() for part in (name, self._written(item))]
            self._scripts.run("put", milliseconds(now), *arguments, pipeline=pipeline)

    def claim(self, queue: str, wanted: Wanted, now: datetime, day: str) -> list[Lease]:
        """Hold customers for an agent: pushed ones first, then callbacks, own customers, all others; each by priority.

        Those held already are passed over. day: under which the leads are counted.
        """
        self.require(queue)
        asked = Asked(
            queue=queue, limit=wanted.limit, agent=wanted.agent_id, stem=f"lease-{uuid4().hex}",
            lasts=_length(timedelta(seconds=wanted.lease_seconds)), day=day,
            skills=wanted.skills, regions=wanted.regions, languages=wanted.languages,
            zones=self.open_zones(now), without=wanted.without, paused=wanted.paused, counters=wanted.counters,
            top=wanted.top, team=wanted.team, most_held=wanted.most_held,
        )  # fmt: skip
        answer = self._scripts.run("claim", milliseconds(now), _encode(asked))
        return [lease_of(_text(name), record) for name, record in zip(answer[::2], answer[1::2], strict=True)]

    def hand_over(self, leases: Sequence[Lease], seconds: float, now: datetime) -> list[Lease | None]:
        """Have leases last so long from now on, when their agent gets them; None for those no longer held."""
        if not leases:
            return []
        tokens = [part for lease in leases for part in (lease.id, lease.token)]
        lasts = _length(timedelta(seconds=seconds))
        records = self._scripts.run("handover", milliseconds(now), lasts, *tokens)
        return [lease_of(lease.id, kept) if kept else None for lease, kept in zip(leases, records, strict=True)]

    def renew(self, lease_id: str, token: int, ends: datetime, now: datetime) -> Lease:
        """Hold for longer. Raises StaleToken when the lease is no longer held with this token."""
        lasts = _length(ends - now)
        return self._checked(lease_id, self._scripts.run("renew", milliseconds(now), lease_id, token, lasts))

    def release(self, lease_id: str, token: int, now: datetime) -> Lease:
        """Give the customer back to their place, as if never claimed. Raises StaleToken."""
        return self._checked(lease_id, self._scripts.run("release", milliseconds(now), lease_id, token))

    def rest(
        self,
        customer_id: str,
        until: datetime | None,
        now: datetime,
        page: AttemptRecord | None = None,
        promise: Promise | None = None,
        disposition: str = "other",
        number: str | None = None,
        pipeline: Any = None,
    ) -> bool:
        """After a call that nobody had claimed: nobody calls the customer before a time, None for good, whoever holds
        them; a promised one comes back when it is due.

        page: what came of calls with it; nothing is changed, and the answer is False, where it says something else by
        now. number: digest of one that is not to be dialled any more.
        """
        told = _followed(disposition, until, page, promise, number, now)
        return bool(self._scripts.run("rest", milliseconds(now), customer_id, *told, pipeline=pipeline))

    def set_aside(self, customer_id: str, until: datetime, now: datetime) -> None:
        """Not handed out before a time, as a dialer could not take them. There was no call: what was promised, pushed
        or said for longer stays.
        """
        self._scripts.run("aside", milliseconds(now), customer_id, milliseconds(until))

    def come_back(self, customer_id: str, now: datetime, pipeline: Any = None) -> None:
        """The core says that what an agent had sold them is over: a rest after a sale ends."""
        self._scripts.run("comeback", milliseconds(now), customer_id, pipeline=pipeline)

    def complete(
        self,
        lease_id: str,
        token: int,
        rest_until: datetime | None,
        events: Sequence[str],
        now: datetime,
        promise: Promise | None = None,
        disposition: str = "other",
        page: AttemptRecord | None = None,
        number: str | None = None,
    ) -> Lease | None:
        """End the lease. The customer rests until a time, None for good; a promised one comes back when it is due.

        page: what came of calls; nothing is changed, and there is no answer, where it says something else by now.
        number: digest of one that is not to be dialled any more. Raises StaleToken.
        """
        told = _followed(disposition, rest_until, page, promise, number, now)
        answer = self._scripts.run("complete", milliseconds(now), lease_id, token, *told, *events)
        return None if answer == 0 else self._checked(lease_id, answer)

    def push(self, customer_id: str, queue: str, by: str, why: str, now: datetime) -> None:
        """Put a customer before all others, until a call with them is completed; the record says by whom and why.

        They come first in every queue they stand in, for anyone, and rest as long as they must. Raises NotFound when
        they do not stand in this queue.
        """
        self._push(customer_id, queue, by, why, now, "lead.pushed")

    def unpush(self, customer_id: str, queue: str, by: str, why: str, now: datetime) -> None:
        """Back to where they would stand. Raises NotFound as above."""
        self._push(customer_id, queue, by, why, now, "lead.unpushed")

    def take_back(self, lease_id: str, by: str, why: str, now: datetime) -> Lease:
        """End a lease for its agent: the customer goes back to their place, and the record says by whom and why.

        Raises NotFound when the lease ended already.
        """
        record = self._scripts.run("takeback", milliseconds(now), lease_id, by, why)
        if record is None:
            raise NotFound("lease", lease_id, "one that is held; see /leases")
        return lease_of(lease_id, record)

    def taken(self, day: str) -> Mapping[str, int]:
        """How much was granted on a day, by counter."""
        found: Any = self._client.hgetall(self._keys.taken(day))
        return {name.decode(): int(count) for name, count in found.items()}

    def counted(self, day: str, names: Sequence[str]) -> Mapping[str, int]:
        """How much was granted on a day of these counters."""
        if not names:
            return {}
        found: Any = self._client.hmget(self._keys.taken(day), list(names))
        return {name: int(count or 0) for name, count in zip(names, found, strict=True)}

    def load(self, agent_id: str) -> int:
        """How many leases an agent holds now."""
        found: Any = self._client.hget(self._keys.loads, agent_id)
        return int(found or 0)

    def lease(self, lease_id: str) -> Lease | None:
        """A lease that has not ended, by id."""
        record: Any = self._client.hget(self._keys.leased, lease_id)
        return None if record is None else lease_of(lease_id, record)

    def settle(self, now: datetime, limit: int = 1000) -> int:
        """Return the customers of leases that ended, and bring forward those whose time has come."""
        return int(self._scripts.run("settle", milliseconds(now), limit))

    def forget(self, customer_id: str, now: datetime, pipeline: Any = None) -> None:
        """Take a customer out of everything, with their lease."""
        self._scripts.run("forget", milliseconds(now), customer_id, pipeline=pipeline)

    def join(self, customer_id: str, into: str, now: datetime, pipeline: Any = None) -> None:
        """A customer turned out to be another one: one item, held by whoever held either. What came of calls with both
        is added up as it is now: a pipeline that is to run this later must watch `attempts`.
        """
        partition, page = partition_of(into, self._partitions), self._attempt_records.joined(into, customer_id)
        self._scripts.run("join", milliseconds(now), customer_id, into, partition, page, pipeline=pipeline)

    def part(self, into: Mapping[str, str], now: datetime, pipeline: Any = None) -> None:
        """People came apart (into: id → the one that it is kept under): whoever was handed out under an id stays held
        as the person of that id.
        """
        told = [part for name, kept in into.items() for part in (name, kept, partition_of(kept, self._partitions))]
        self._scripts.run("part", milliseconds(now), *told, pipeline=pipeline)

    def head(self, queue: str, limit: int, now: datetime) -> list[QueueItem]:
        """The best of a queue, without claiming."""
        self.require(queue)
        answer = self._scripts.run("head", milliseconds(now), queue, limit, json.dumps(self.open_zones(now)))
        size = len(HeadRow._fields)
        rows = [HeadRow(*answer[start : start + size]) for start in range(0, len(answer), size)]
        names = [_text(row.customer) for row in rows]
        since: Any = self._client.zmscore(self._keys.waiting, names) if names else []
        found = [waiting(queue, row, at) for row, at in zip(rows, since, strict=True)]
        return [
            item if promise is None else replace(item, promised=_promised(promise))
            for item, promise in zip(found, self._attempt_records.promises(names), strict=True)
        ]

    def size(self, queue: str) -> int:
        """How many wait in a queue, whatever the hour; those held or resting are not counted."""
        return sum(count for _, count in self.cells(queue))

    def cells(self, queue: str) -> list[tuple[Cell, int]]:
        """How many wait in each cell of a queue."""
        self.require(queue)
        lanes = self._members(self._keys.lanes(queue))
        pipeline = self._client.pipeline(transaction=False)
        for lane in lanes:
            pipeline.smembers(self._keys.cells(queue, lane))
        members = zip(lanes, pipeline.execute(), strict=True)
        names = [(lane, _text(name)) for lane, cells in members for name in cells]
        for lane, name in names:
            pipeline.zcard(self._keys.cell(queue, lane, name))
        return [(Cell.read(lane, name), count) for (lane, name), count in zip(names, pipeline.execute(), strict=True)]

    def held(self) -> int:
        return int(self._client.zcard(self._keys.leased_ends))  # type: ignore[arg-type]

    def resting(self) -> int:
        return int(self._client.zcard(self._keys.later))  # type: ignore[arg-type]

    def resting_by(self, now: datetime) -> dict[str, int]:
        """How many rest after a call, by the call's disposition."""
        names = sorted(self._members(self._keys.resting))
        pipeline = self._client.pipeline(transaction=False)
        for name in names:
            pipeline.zcount(self._keys.resting_after(name), f"({milliseconds(now)}", "+inf")
        counts = dict(zip(names, pipeline.execute(), strict=True))
        return {name: count for name, count in counts.items() if count}

    def promised(self) -> int:
        """How many were promised a call that was not made yet."""
        return int(self._client.hlen(self._keys.promises))  # type: ignore[arg-type]

    def waits(self, now: datetime) -> AgesAnswer | None:
        """Since when leads wait that could be called but for the hour; None where none waits."""
        key = self._keys.waiting
        size = int(self._client.zcard(key))  # type: ignore[arg-type]
        if not size:
            return None
        (oldest,), (median,) = (self._client.zrange(key, at, at, withscores=True) for at in (0, size // 2))  # type: ignore[misc]
        longest, usual = (max(0.0, (milliseconds(now) - since) / 1000) for _, since in (oldest, median))
        return {"oldest_seconds": longest, "median_seconds": usual}

    def leases(self, now: datetime) -> list[Lease]:
        """Who holds what, the longest held first."""
        found: Any = self._client.hgetall(self._keys.leased)
        leases = [lease_of(_text(name), record) for name, record in found.items()]
        return sorted(
            (lease for lease in leases if lease.expires_at > now), key=lambda lease: (lease.granted_at, lease.id)
        )

    def recalls(self) -> Iterator[Recall]:
        """Leads that were not worked in their service time, the latest first."""
        key, size = self._keys.recalls, 500
        for start in count(0, size):
            page: Any = self._client.zrevrange(key, start, start + size - 1, withscores=True)
            if not page:
                return
            rows: Any = self._client.hmget(self._keys.recalled, [name for name, _ in page])
            for (name, at), row in zip(page, rows, strict=True):
                if row is not None:
                    yield recall_of(_text(name), at, row)

    def recalled(self) -> int:
        """How many leads' recalls are known."""
        return int(self._client.zcard(self._keys.recalls))  # type: ignore[arg-type]

    def resting_for_good(self, customer_ids: Sequence[str]) -> list[str]:
        """Those whom nobody is to call any more."""
        return [name for name, rest in zip(customer_ids, self.rests(customer_ids), strict=True) if rest >= NEVER]

    def rests(self, customer_ids: Sequence[str]) -> list[float]:
        """Before when nobody calls them, in milliseconds; 0 for those who do not rest."""
        found: Any = self._client.hmget(self._keys.rest, list(customer_ids))
        return [float(rest or 0) for rest in found]

    def require(self, queue: str) -> None:
        """Raises NotFound, naming the queues there are."""
        if queue not in self.names:
            raise NotFound("queue", queue, f"one of {', '.join(self.names)}")

    def _push(self, customer_id: str, queue: str, by: str, why: str, now: datetime, kind: str) -> None:
        self.require(queue)
        data = {"queue": queue, "by": by, "why": why}
        told = json.dumps(data) if kind == "lead.pushed" else ""
        event = Event(uuid4().hex, SOURCE, kind, customer_id, microseconds(now), data)
        if not self._scripts.run("push", milliseconds(now), customer_id, queue, told, event.written()):
            raise NotFound("customer", customer_id, f"one who stands in the queue {queue}")

    def open_zones(self, now: datetime) -> list[str]:
        """Zones of waiting customers where they may be called now."""
        zones = sorted(self._members(self._keys.zones))
        allowed = self._hours([zone or None for zone in zones], now)
        return [zone for zone, is_open in zip(zones, allowed, strict=True) if is_open]

    def _members(self, key: str) -> list[str]:
        found: Any = self._client.smembers(key)
        return [_text(member) for member in found]

    def _checked(self, lease_id: str, record: Any) -> Lease:
        if record is None:
            raise StaleToken(f"lease {lease_id} is not held with this token: it ended, or was given to another")
        return lease_of(lease_id, record)

    def _written(self, item: Item) -> bytes:
        return item.written(partition_of(item.customer_id, self._partitions), self._reserve)


def _followed(
    disposition: str, rest_until: datetime | None, page: AttemptRecord | None, promise: Promise | None,
    number: str | None, now: datetime,
) -> tuple[bytes, bytes, bytes]:  # fmt: skip
    """What comes after a call, as the scripts read it, and the call book's pages before and with it."""
    outcome = CallOutcome(
        disposition=disposition,
        rest=NEVER if rest_until is None else milliseconds(rest_until),
        promise=None if promise is None else row_of(promise),
        number=None if number is None else RestingNumber(number, microseconds(now)),
        hour=None if page is None else page.hour,
        reached=None if page is None else page.reached,
    )
    return _encode(outcome), *((b"", b"") if page is None else (page.before, pack(page.after)))


_encode = msgspec.json.Encoder().encode


def _promised(promise: Promise) -> Promised:
    return {"agent_id": promise.agent_id, "due": written(promise.due)}


def _length(span: timedelta) -> int:
    """In milliseconds."""
    return span // timedelta(milliseconds=1)


def _text(value: bytes | str) -> str:
    return value.decode() if isinstance(value, bytes) else value
