"""Leads that wait: where each stands in the queues, and who is next."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

import redis

from serving.calls.promise import Promise
from serving.calls.promises import Promises
from serving.clock import milliseconds, written
from serving.queue.places import AgesAnswer, Cell, Item, Promised, QueueItem, waiting
from serving.queue.queue_names import QueueNames
from serving.queue.zones import Zones
from serving.store.keyspace import Keyspace, partition_of
from serving.store.records import HeadRow
from serving.store.scripts import Scripts


@dataclass(frozen=True)
class ItemWriting:
    """How items are kept. partitions: of the stream of events. reserve: how long a customer who is ready is kept for
    the agent who owns them. alias: of a number.
    """

    partitions: int
    reserve: timedelta = timedelta(hours=4)
    alias: Callable[[str], str] = str

    def row(self, item: Item) -> bytes:
        return item.written(partition_of(item.customer_id, self.partitions), self.reserve, self.alias)


class WaitingLeads:
    """Leads in the lanes and cells of their queues. Every step is one script: no two callers interleave."""

    def __init__(
        self, client: redis.Redis, keyspace: Keyspace, scripts: Scripts, writing: ItemWriting, names: QueueNames,
        zones: Zones, promises: Promises,
    ) -> None:  # fmt: skip
        self._client = client
        self._keys = keyspace
        self._scripts = scripts
        self._writing = writing
        self._names = names
        self._zones = zones
        self._promises = promises

    def put(self, items: Sequence[Item], now: datetime, pipeline: Any = None, *, happened: bool = False) -> None:
        """Set where customers stand; an item without places leaves the queues. A held customer stays held. happened:
        whether because of what happened with them, not because time passed.
        """
        if items:
            unique = {item.customer_id: item for item in items}
            arguments = [part for name, item in unique.items() for part in (name, self._writing.row(item))]
            self._scripts.run("put", milliseconds(now), int(happened), *arguments, pipeline=pipeline)

    def head(self, queue: str, limit: int, now: datetime) -> list[QueueItem]:
        """The best of a queue, without claiming."""
        self._names.require(queue)
        answer = self._scripts.run("head", milliseconds(now), queue, limit, json.dumps(self._zones.open_at(now)))
        size = len(HeadRow._fields)
        rows = [HeadRow(*answer[start : start + size]) for start in range(0, len(answer), size)]
        names = [_text(row.customer) for row in rows]
        since: Any = self._client.zmscore(self._keys.waiting, names) if names else []
        found = [waiting(queue, row, at) for row, at in zip(rows, since, strict=True)]
        return [
            item if promise is None else replace(item, promised=_promised(promise))
            for item, promise in zip(found, self._promises.of(names), strict=True)
        ]

    def size(self, queue: str) -> int:
        """How many wait in a queue, whatever the hour; those held or resting are not counted."""
        return sum(count for _, count in self.cells(queue))

    def cells(self, queue: str) -> list[tuple[Cell, int]]:
        """How many wait in each cell of a queue."""
        self._names.require(queue)
        lanes = self._members(self._keys.lanes(queue))
        pipeline = self._client.pipeline(transaction=False)
        for lane in lanes:
            pipeline.zrange(self._keys.cells(queue, lane), 0, -1)
        members = zip(lanes, pipeline.execute(), strict=True)
        names = [(lane, _text(name)) for lane, cells in members for name in cells]
        for lane, name in names:
            pipeline.zcard(self._keys.cell(queue, lane, name))
        return [(Cell.read(lane, name), count) for (lane, name), count in zip(names, pipeline.execute(), strict=True)]

    def waits(self, now: datetime) -> AgesAnswer | None:
        """Since when leads wait that could be called but for the hour; None where none waits."""
        key = self._keys.waiting
        size = int(self._client.zcard(key))  # type: ignore[arg-type]
        if not size:
            return None
        (oldest,), (median,) = (self._client.zrange(key, at, at, withscores=True) for at in (0, size // 2))  # type: ignore[misc]
        longest, usual = (max(0.0, (milliseconds(now) - since) / 1000) for _, since in (oldest, median))
        return {"oldest_seconds": longest, "median_seconds": usual}

    def _members(self, key: str) -> list[str]:
        found: Any = self._client.smembers(key)
        return [_text(member) for member in found]


def _promised(promise: Promise) -> Promised:
    return {"agent_id": promise.agent_id, "due": written(promise.due)}


def _text(value: bytes | str) -> str:
    return value.decode() if isinstance(value, bytes) else value
