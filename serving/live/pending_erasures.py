"""Pending erasures: who was forgotten live and is to leave the lake too, and how they were named while it goes on."""

from __future__ import annotations

import json
import time
from collections.abc import Iterable, Sequence
from datetime import timedelta
from typing import Any, NamedTuple

import redis

from features.traces import Traces
from serving.store.keyspace import Keyspace
from serving.store.personal import personal


class Names(NamedTuple):
    """Texts by which somebody was told. alone: those that are nobody else's; shared: those that others may have."""

    alone: Sequence[str]
    shared: Sequence[str]


class PendingErasures:
    """Kept in the hot store, from the erasure until the lake is clean."""

    def __init__(self, client: redis.Redis, keyspace: Keyspace) -> None:
        self._client = client
        self._keys = keyspace

    def add(self, pipeline: Any, customer_ids: Sequence[str], names: Names) -> None:
        """Ids of one customer are to leave the lake."""
        told = json.dumps({"told": list(names.alone), "named": list(names.shared)})
        pipeline.sadd(self._keys.erasing, *customer_ids)
        pipeline.hset(self._keys.erasing_names, mapping=dict.fromkeys(customer_ids, personal(told)))

    def add_nameless(self, customer_ids: Sequence[str]) -> None:
        """The same of ids of which nothing else is known."""
        if customer_ids:
            self._client.sadd(self._keys.erasing, *customer_ids)

    def ids(self) -> list[str]:
        return sorted(name.decode() for name in self._client.smembers(self._keys.erasing))  # type: ignore[union-attr]

    def traces(self, customer_ids: Sequence[str]) -> Traces:
        """How they were named, as long as anybody could know it."""
        kept: Any = self._client.hmget(self._keys.erasing_names, list(customer_ids))
        found = [json.loads(text) for text in kept if text is not None]
        return Traces.of(customer_ids, *([text for told in found for text in told[part]] for part in ("told", "named")))

    def end(self, customer_ids: Sequence[str], digests: Iterable[str]) -> None:
        """The lake has forgotten them, which is told by digests of their ids."""
        with self._client.pipeline(transaction=True) as pipeline:
            pipeline.srem(self._keys.erasing, *customer_ids)
            pipeline.hdel(self._keys.erasing_names, *customer_ids)
            pipeline.sadd(self._keys.lake_erased, *digests)
            pipeline.execute()

    def wait(self, digests: Sequence[str], bound: timedelta) -> bool:
        """Until the lake has forgotten the ids of these digests; False where that takes longer than the bound."""
        deadline, key = time.monotonic() + bound.total_seconds(), self._keys.lake_erased
        while time.monotonic() < deadline:
            if all(self._client.smismember(key, digests)):  # type: ignore[arg-type]
                self._client.srem(key, *digests)
                return True
            time.sleep(0.02)
        return False
