"""Calls refilled: what came of calls, from the lake, as the queue keeps it."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

import polars as pl
import redis

from features.configuration import Configuration
from features.home import Home
from features.lake import read_own
from features.own_events import COMPLETED, MERGED, UNMERGED
from serving.calls.attempt_records import AttemptRecords
from serving.calls.called import with_called
from serving.calls.promise import packed
from serving.live.soundness import Soundness
from serving.people.census import Census
from serving.queue.aftermath import CallRecord, standing
from serving.store.keyspace import Keyspace


class CallRefill:
    """Writes rests, promises and the call book into an emptied store."""

    def __init__(
        self, client: redis.Redis, keyspace: Keyspace, home: Home, configuration: Configuration,
        attempt_records: AttemptRecords, soundness: Soundness,
    ) -> None:  # fmt: skip
        self._client = client
        self._keys = keyspace
        self._home = home
        self._configuration = configuration
        self._attempt_records = attempt_records
        self._soundness = soundness

    def refill(self, census: Census, events: pl.DataFrame, now: datetime) -> None:
        """What came of calls: who is not to be called before a time, who was promised a call, and the call book."""
        rows = with_called(read_own(self._home, COMPLETED, MERGED, UNMERGED, until=now), events)
        configuration = self._configuration
        grace, recognition = configuration.catalogue.queue.queueing.callback_grace, configuration.workspace.recognition
        record = CallRecord(standing(rows.iter_rows(named=True)), census.merged, grace, recognition)
        self._soundness.each(rows, now, lambda row: record.follow(row, json.loads(row["data"])))
        people = {name: after for name, after in record.people().items() if name in census.people}
        promised = {name: after.promise for name, after in people.items() if after.promise is not None}
        kept: dict[str, dict[str, Any]] = {
            self._keys.promises: {name: packed(promise, self._keys.alias) for name, promise in promised.items()},
            self._keys.rest: {name: after.rest for name, after in people.items()},
            self._keys.retries: {name: after.retry for name, after in people.items() if after.retry is not None},
        }
        for key, values in kept.items():
            if values:
                self._client.hset(key, mapping=values)
        pages = {name: after.attempts for name, after in people.items() if after.attempts is not None}
        self._attempt_records.write(pages, record.hours)
        for disposition in {after.disposition for after in people.values() if after.disposition is not None}:
            resting = {name: after.rest for name, after in people.items() if after.disposition == disposition}
            self._client.zadd(self._keys.resting_after(disposition), resting)
            self._client.sadd(self._keys.resting, disposition)
