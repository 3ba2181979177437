"""Hot state anew from the lake, as it was at a moment: identities, profiles, states, and the queue."""

from __future__ import annotations

import fcntl
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

import polars as pl
import redis

from features.home import Home
from features.lake import last_arrival, read_events, require_readable
from leads.configuration.bounds import TOLERANCE
from serving.clock import microseconds
from serving.live.emptying import Emptying
from serving.live.last_records import last_records, with_strangers
from serving.live.place_refill import Progress
from serving.live.refill import Refill
from serving.live.soundness import Soundness
from serving.live.sweep import swept
from serving.people.census import counted
from serving.people.contact import Contact
from serving.store.keyspace import Keyspace
from serving.store.layout import StoreLayout


@dataclass(frozen=True)
class Rebuilt:
    """What a rebuild found. `merged`: ids that turned out to be another's."""

    customers: int
    events: int
    merged: int


class Rebuild:
    """Folds the hot state anew."""

    def __init__(
        self, client: redis.Redis, keyspace: Keyspace, home: Home, layout: StoreLayout, emptying: Emptying,
        soundness: Soundness, refill: Refill,
    ) -> None:  # fmt: skip
        self._client = client
        self._keys = keyspace
        self._home = home
        self._held = layout
        self._emptying = emptying
        self._soundness = soundness
        self._refill = refill

    def is_needed(self) -> bool:
        """Whether the store holds nothing of this home yet, or states of another layout than its configuration's."""
        return not self._held.is_current()

    def fill(self, now: Callable[[], datetime], progress: Progress | None = None) -> None:
        """Fold the hot state where that is needed, by one process at a time."""
        if self.is_needed():
            with (self._home.folder / "rebuild.lock").open("w") as lock:
                fcntl.flock(lock, fcntl.LOCK_EX)
                if self.is_needed():
                    self.run(now(), progress)

    def run(self, now: datetime, progress: Progress | None = None) -> Rebuilt:
        """Forget derived state and fold it again from everything up to `now`. The stream worker must not run.

        What was accepted and is not in the lake yet is recorded first, so that the lake alone decides. Raises
        DamagedFiles where not all of the lake can be read; nothing is forgotten then.
        """
        require_readable(self._home)
        self._emptying.run()
        last = last_arrival(self._home) or 0
        events, told = self._told(now)
        census = counted(self._home, told, now, noting=self._emptying.records)
        theirs = events.with_columns(_renamed(events["customer_id"], census.merged))
        states = self._soundness.folded(theirs, now)
        self._refill.run(events, census, states, now, progress)
        self._held.filled(microseconds(now), last)
        swept(self._client, self._keys)
        return Rebuilt(len(census.people), len(states.events), len(census.merged))

    def _told(self, now: datetime) -> tuple[pl.DataFrame, list[Contact]]:
        """Events and records of those who were not erased."""
        events, records = self._events(now), last_records(self._home, now)
        known = {*events["customer_id"].unique(), *(record.customer_id for record in records)}
        gone = self._emptying.leaving(known)
        there = events.filter(~pl.col("customer_id").is_in(gone))
        return there, with_strangers([record for record in records if record.customer_id not in gone], there)

    def _events(self, now: datetime) -> pl.DataFrame:
        """All that can be read, by arrival, under the ids by which they came."""
        # A sender's clock may be ahead: what was accepted and folded so is folded again.
        reach = now + TOLERANCE if self._emptying.records else now
        events = self._soundness.readable(read_events(self._home, until=reach, by_arrival=True, as_came=True), now)
        self._soundness.pass_over_own(now)
        return events


def _renamed(customer_ids: pl.Series, merged: Mapping[str, str]) -> pl.Series:
    return customer_ids.replace(merged) if merged else customer_ids
