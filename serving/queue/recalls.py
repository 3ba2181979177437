"""Recalls in the store: leads that became anyone's, as whose they were did not work them in time."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count
from typing import Any

import redis

from serving.queue.lease import Recall, recall_of
from serving.store.keyspace import Keyspace


class Recalls:
    """The latest recall of each customer."""

    def __init__(self, client: redis.Redis, keyspace: Keyspace) -> None:
        self._client = client
        self._keys = keyspace

    def latest(self) -> Iterator[Recall]:
        """Leads that were not worked in their service time, the latest first."""
        key, size = self._keys.recalls, 500
        for start in count(0, size):
            page: Any = self._client.zrevrange(key, start, start + size - 1, withscores=True)
            if not page:
                return
            rows: Any = self._client.hmget(self._keys.recalled, [name for name, _ in page])
            for (name, at), row in zip(page, rows, strict=True):
                if row is not None:
                    yield recall_of(name.decode(), at, row)

    def count(self) -> int:
        """How many leads' recalls are known."""
        return int(self._client.zcard(self._keys.recalls))  # type: ignore[arg-type]
