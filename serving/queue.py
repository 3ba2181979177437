"""The queue: who is called next, and the leases that keep two agents from one customer or phone."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import uuid4

import redis

from leads.errors import NotFound, StaleToken
from serving.clock import from_milliseconds, milliseconds
from serving.keyspace import Keyspace, partition_of
from serving.scripts import Scripts

NEVER = 9_000_000_000_000
"""A rest that does not end, in milliseconds."""


Hours = Callable[[Sequence[str | None], datetime], Sequence[bool]]
"""Whether customers of these time zones may be called at a time."""


@dataclass(frozen=True)
class Place:
    """A customer's place in one queue. `zone`: their time zone, which decides when they may be called."""

    priority: float
    action: str
    product: str | None
    region: str | None
    zone: str | None = None

    def written(self) -> list[Any]:
        cell = "|".join(_plain(part) for part in (self.product, self.region, self.zone))
        return [cell, self.priority, self.action, self.product or ""]


@dataclass(frozen=True)
class Item:
    """Everything the queues know of a customer: a place per queue. `later`: not before this time."""

    customer_id: str
    phone: str | None
    places: Mapping[str, Place]
    later: datetime | None = None


@dataclass(frozen=True)
class Lease:
    """A customer held by an agent until `expires_at`. Whoever acts on it must show its fencing `token`."""

    id: str
    token: int
    customer_id: str
    queue: str
    agent_id: str
    action: str
    product: str | None
    priority: float
    expires_at: datetime


@dataclass(frozen=True)
class Waiting:
    """A customer at a queue's head. `state`: ready, outside_window or phone_held."""

    customer_id: str
    priority: float
    action: str
    state: str


class Queue:
    """The queues of one service. Times are passed in; every step is one script: no two callers interleave."""

    def __init__(
        self, client: redis.Redis, keyspace: Keyspace, partitions: int, names: Sequence[str], hours: Hours
    ) -> None:
        self._client = client
        self._hours = hours
        self._keys = keyspace
        self._partitions = partitions
        self._scripts = Scripts(client, keyspace.prefix)
        self.names = (*names, "all")

    def put(self, items: Sequence[Item], now: datetime, pipeline: Any = None) -> None:
        """Set where customers stand; an item without places leaves the queues. A held customer stays held."""
        if items:
            arguments = [part for item in items for part in (item.customer_id, self._written(item))]
            self._scripts.run("put", milliseconds(now), *arguments, pipeline=pipeline)

    def claim(
        self, queue: str, agent_id: str, limit: int, ends: datetime, now: datetime,
        skills: Sequence[str] = (), regions: Sequence[str] = (),
    ) -> list[Lease]:  # fmt: skip
        """Hold up to `limit` customers for an agent, best first; those held already are passed over."""
        self.require(queue)
        answer = self._scripts.run(
            "claim", milliseconds(now), queue, limit, milliseconds(ends), agent_id, f"lease-{uuid4().hex}",
            json.dumps(list(skills)), json.dumps(list(regions)), json.dumps(self._open(now)),
        )  # fmt: skip
        return [_lease(_text(name), record) for name, record in zip(answer[::2], answer[1::2], strict=True)]

    def renew(self, lease_id: str, token: int, ends: datetime, now: datetime) -> Lease:
        """Hold for longer. Raises StaleToken when the lease is no longer held with this token."""
        return self._checked(
            lease_id, self._scripts.run("renew", milliseconds(now), lease_id, token, milliseconds(ends))
        )

    def release(self, lease_id: str, token: int, now: datetime) -> Lease:
        """Give the customer back to their place. Raises StaleToken."""
        return self._checked(lease_id, self._scripts.run("release", milliseconds(now), lease_id, token))

    def complete(
        self, lease_id: str, token: int, rest_until: datetime | None, events: Sequence[str], now: datetime
    ) -> Lease:
        """End the lease. The customer rests until a time, None for good. Raises StaleToken."""
        rest = NEVER if rest_until is None else milliseconds(rest_until)
        answer = self._scripts.run("complete", milliseconds(now), lease_id, token, rest, *events)
        return self._checked(lease_id, answer)

    def lease(self, lease_id: str) -> Lease | None:
        """A lease that has not ended, by id."""
        record = self._client.hget(self._keys.of("leases"), lease_id)
        return None if record is None else _lease(lease_id, record)  # type: ignore[arg-type]

    def settle(self, now: datetime, limit: int = 1000) -> int:
        """Return the customers of leases that ended, and bring forward those whose time has come."""
        return int(self._scripts.run("settle", milliseconds(now), limit))

    def forget(self, customer_id: str, now: datetime, pipeline: Any = None) -> None:
        """Take a customer out of everything, with their lease."""
        self._scripts.run("forget", milliseconds(now), customer_id, pipeline=pipeline)

    def join(self, customer_id: str, into: str, now: datetime, pipeline: Any = None) -> None:
        """A customer turned out to be another one: one item, held by whoever held either."""
        partition = partition_of(into, self._partitions)
        self._scripts.run("join", milliseconds(now), customer_id, into, partition, pipeline=pipeline)

    def head(self, queue: str, limit: int, now: datetime) -> list[Waiting]:
        """The best of a queue, without claiming."""
        self.require(queue)
        answer = self._scripts.run("head", milliseconds(now), queue, limit, json.dumps(self._open(now)))
        return [
            _waiting(queue, _text(answer[i]), json.loads(answer[i + 1]), _text(answer[i + 2]))
            for i in range(0, len(answer), 3)
        ]

    def size(self, queue: str) -> int:
        """How many wait in a queue, whatever the hour; those held or resting are not counted."""
        self.require(queue)
        cells = self._client.smembers(self._keys.of("cells", queue))
        pipeline = self._client.pipeline(transaction=False)
        for cell in cells:  # type: ignore[union-attr]
            pipeline.zcard(self._keys.of("cell", queue, _text(cell)))
        return sum(pipeline.execute())

    def held(self) -> int:
        return int(self._client.zcard(self._keys.of("lease_ends")))  # type: ignore[arg-type]

    def resting(self) -> int:
        return int(self._client.zcard(self._keys.of("later")))  # type: ignore[arg-type]

    def require(self, queue: str) -> None:
        """Raises NotFound, naming the queues there are."""
        if queue not in self.names:
            raise NotFound("queue", queue, f"one of {', '.join(self.names)}")

    def _open(self, now: datetime) -> list[str]:
        """Zones of waiting customers where they may be called now."""
        zones = sorted(_text(zone) for zone in self._client.smembers(self._keys.of("zones")))  # type: ignore[union-attr]
        allowed = self._hours([zone or None for zone in zones], now)
        return [zone for zone, is_open in zip(zones, allowed, strict=True) if is_open]

    def _checked(self, lease_id: str, record: Any) -> Lease:
        if record is None:
            raise StaleToken(f"lease {lease_id} is not held with this token: it ended, or was given to another")
        return _lease(lease_id, record)

    def _written(self, item: Item) -> str:
        if not item.places:
            return ""
        document = {
            "phone": item.phone or "",
            "later": 0 if item.later is None else milliseconds(item.later),
            "partition": partition_of(item.customer_id, self._partitions),
            "places": {queue: place.written() for queue, place in item.places.items()},
        }
        return json.dumps(document)


def _lease(lease_id: str, record: bytes | str) -> Lease:
    kept = json.loads(record)
    return Lease(
        id=lease_id, token=int(kept["token"]), customer_id=kept["customer"], queue=kept["queue"],
        agent_id=kept["agent"], action=kept["action"], product=kept["product"] or None,
        priority=float(kept["priority"]), expires_at=from_milliseconds(kept["ends"]),
    )  # fmt: skip


def _waiting(queue: str, customer_id: str, item: Mapping[str, Any], state: str) -> Waiting:
    _, priority, action, _ = item["places"][queue]
    return Waiting(customer_id, float(priority), action, state)


def _plain(text: str | None) -> str:
    """Inside a cell's name; the separator cannot stand in it."""
    return (text or "").replace("|", "/")


def _text(value: bytes | str) -> str:
    return value.decode() if isinstance(value, bytes) else value
