"""The line of the best share: from which priority on a lead is among the best of its queue."""

from __future__ import annotations

from datetime import datetime, timedelta

import redis

from serving.clock import milliseconds
from serving.store.keyspace import Keyspace
from serving.store.scripts import Scripts

KEPT = timedelta(seconds=15)
"""How long a line stands before it is drawn anew."""


class BestShares:
    """The lines of one service's queues, shared by its processes."""

    def __init__(self, client: redis.Redis, keyspace: Keyspace, scripts: Scripts) -> None:
        self._client = client
        self._keys = keyspace
        self._scripts = scripts

    def of(self, queue: str, share: float, now: datetime) -> float | None:
        """The line of a queue, above which this share of its leads stands; None while nobody waits there who is open to
        everyone.
        """
        key = self._keys.best_share(queue)
        kept = self._client.get(key)
        if kept is None:
            kept = self._scripts.run("best_share", milliseconds(now), queue, str(share)) or b""
            self._client.set(key, kept, ex=KEPT)
        return float(kept) if kept else None  # type: ignore[arg-type]
