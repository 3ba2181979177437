"""Positions: up to where each partition of the stream is applied."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Any

import redis

from serving.events.stream import START, Entry, order
from serving.live import latency
from serving.store.keyspace import Keyspace


class Positions:
    """Says what is not applied yet, and that it is."""

    def __init__(self, client: redis.Redis, keyspace: Keyspace) -> None:
        self._client = client
        self._keys = keyspace

    def transaction(self) -> Any:
        """A pipeline whose writes happen together, or not at all where what it watched has changed."""
        return self._client.pipeline(transaction=True)

    def left(self, pipeline: Any, batch: Sequence[Entry]) -> list[Entry]:
        """What of the batch is not applied yet, while the partitions' positions are watched, and who is who."""
        keys = {partition: self._keys.applied(partition) for partition in {entry.partition for entry in batch}}
        pipeline.watch(self._keys.split, *keys.values())
        positions = dict(zip(keys, pipeline.mget(list(keys.values())), strict=True))
        applied = {p: order(START if value is None else value.decode()) for p, value in positions.items()}
        return [entry for entry in batch if order(entry.position) > applied[entry.partition]]

    def pass_over(self, pipeline: Any, entries: Sequence[Entry]) -> None:
        """Nothing of these, nor of what came before them, is to be applied any more."""
        ends = {entry.partition: entry.position for entry in entries}
        pipeline.mset({self._keys.applied(partition): end for partition, end in ends.items()})

    def advance(self, pipeline: Any, entries: Sequence[Entry]) -> None:
        """These are applied, so long after they came."""
        self.pass_over(pipeline, entries)
        latency.count(pipeline, self._keys, [entry.came for entry in entries], time.time() * 1000)
