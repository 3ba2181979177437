"""Remembrance: what was taken in is a duplicate when it is sent again, and who was erased stays so."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

import polars as pl
import redis

from features.home import Home
from features.lake import ARRIVED, read_own
from features.own_events import ERASED
from serving.clock import microseconds
from serving.events.stream import Event
from serving.live.soundness import Soundness
from serving.people.erased_customers import ErasedCustomers
from serving.store.keyspace import Keyspace
from serving.store.words import DUPLICATE_DAYS


class Remembrance:
    """Reads it from the lake again."""

    def __init__(
        self, client: redis.Redis, keyspace: Keyspace, home: Home, erased: ErasedCustomers, soundness: Soundness
    ) -> None:
        self._client = client
        self._keys = keyspace
        self._home = home
        self._erased = erased
        self._soundness = soundness

    def refill(self, events: pl.DataFrame, now: datetime) -> None:
        """Recent events are duplicates when sent again, and the erased stay so."""
        self._erased.lift()
        keys, since = self._keys, now - timedelta(days=DUPLICATE_DAYS)
        arrived = pl.col(ARRIVED) >= microseconds(since) // 1000 << 20
        recent = events.filter((pl.col("time") > since) | arrived.fill_null(False))
        today = microseconds(now) // 86_400_000_000
        with self._client.pipeline(transaction=False) as pipeline:
            for event_id, source in recent.select("id", "source").iter_rows():
                pipeline.sadd(keys.seen(today), Event(event_id, source, "", "", 0, {}).digest)
            self._soundness.each(read_own(self._home, ERASED), now, lambda row: self._bury(pipeline, row))
            pipeline.execute()

    def _bury(self, pipeline: Any, row: Mapping[str, Any]) -> None:
        told = json.loads(row["data"])
        self._erased.add(told["digests"], told.get("identities", ()), microseconds(row["time"]), pipeline)
