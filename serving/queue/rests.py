"""Rests: before when nobody calls a customer, and after which call."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import redis

from serving.calls.attempt_records import AttemptRecord
from serving.calls.promise import Promise
from serving.clock import milliseconds
from serving.queue.call_outcome import call_outcome
from serving.store.keyspace import Keyspace
from serving.store.scripts import Scripts
from serving.store.words import NEVER


class Rests:
    """Has customers rest, and says who does."""

    def __init__(self, client: redis.Redis, keyspace: Keyspace, scripts: Scripts) -> None:
        self._client = client
        self._keys = keyspace
        self._scripts = scripts

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
        told = call_outcome(disposition, until, page, promise, number, now, self._keys.alias)
        return bool(self._scripts.run("rest", milliseconds(now), customer_id, *told, pipeline=pipeline))

    def set_aside(self, customer_id: str, until: datetime, now: datetime) -> None:
        """Not handed out before a time, as a dialer could not take them. There was no call: what was promised, pushed
        or said for longer stays.
        """
        self._scripts.run("aside", milliseconds(now), customer_id, milliseconds(until))

    def come_back(self, customer_id: str, now: datetime, pipeline: Any = None) -> None:
        """The core says that what an agent had sold them is over: a rest after a sale ends."""
        self._scripts.run("comeback", milliseconds(now), customer_id, pipeline=pipeline)

    def until(self, customer_ids: Sequence[str]) -> list[float]:
        """Before when nobody calls them, in milliseconds; 0 for those who do not rest."""
        found: Any = self._client.hmget(self._keys.rest, list(customer_ids))
        return [float(rest or 0) for rest in found]

    def for_good(self, customer_ids: Sequence[str]) -> list[str]:
        """Those whom nobody is to call any more."""
        return [name for name, rest in zip(customer_ids, self.until(customer_ids), strict=True) if rest >= NEVER]

    def count(self) -> int:
        """How many rest."""
        return int(self._client.zcard(self._keys.later))  # type: ignore[arg-type]

    def by_disposition(self, now: datetime) -> dict[str, int]:
        """How many rest after a call, by the call's disposition."""
        found: Any = self._client.smembers(self._keys.resting)
        names = sorted(name.decode() for name in found)
        pipeline = self._client.pipeline(transaction=False)
        for name in names:
            pipeline.zcount(self._keys.resting_after(name), f"({milliseconds(now)}", "+inf")
        counts = dict(zip(names, pipeline.execute(), strict=True))
        return {name: count for name, count in counts.items() if count}
