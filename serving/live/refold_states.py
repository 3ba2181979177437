"""States folded anew from what is still kept of somebody, while events go on coming in."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import datetime

import numpy as np
import polars as pl
import redis

from features.history import states_at
from leads.errors import TooBusy
from serving.live.live_states import LiveStates
from serving.live.placement import Placement
from serving.live.told_record import ToldRecord
from serving.people.contacts import Contacts

_ATTEMPTS = 100
"""How often somebody is folded again when an event of theirs came in between."""


class StateRefolding:
    """Of persons who stay one person: as a rebuild would fold them."""

    def __init__(
        self, client: redis.Redis, states: LiveStates, contacts: Contacts, record: ToldRecord, placement: Placement
    ) -> None:
        self._client = client
        self._states = states
        self._contacts = contacts
        self._record = record
        self._placement = placement

    def refold(self, customer_ids: Sequence[str], kept: Callable[[pl.DataFrame], pl.DataFrame], now: datetime) -> None:
        """Write their states anew, and put them where they stand with them. kept: of events those that still count.
        Raises TooBusy where events of the same customers keep coming in.
        """
        survivors = sorted(set(self._contacts.surviving(customer_ids)))
        people = dict(zip(survivors, self._contacts.members(survivors), strict=True))
        for _ in range(_ATTEMPTS):
            with self._client.pipeline(transaction=True) as pipeline:
                self._states.watch(pipeline, survivors)
                self._queue(pipeline, people, kept, now)
                with suppress(redis.WatchError):
                    pipeline.execute()
                    self._placement.rescore(survivors, now)
                    return
        raise TooBusy("events of the same customers keep coming in")

    def _queue(
        self, pipeline: redis.client.Pipeline, people: dict[str, list[str]],
        kept: Callable[[pl.DataFrame], pl.DataFrame], now: datetime,
    ) -> None:  # fmt: skip
        ids = [name for members in people.values() for name in members]
        applied = [(event, at) for event, at, done in self._record.waiting(ids) if done]
        frame = kept(self._record.events(ids, applied, now))
        into = {name: survivor for survivor, members in people.items() for name in members}
        mine = frame.with_columns(pl.col("customer_id").replace(into))
        last = dict(mine.group_by("customer_id").agg(pl.col("time").max().to_physical().cast(pl.Float64)).rows())
        survivors, layout = list(people), self._states.layout
        names = pl.Series("customer_id", survivors, dtype=pl.String)
        state = replace(
            self._states.read(survivors),
            interactions=states_at(layout.workspace, layout.interactions, names, mine),
            standing=states_at(layout.workspace, layout.standing, names, mine),
            interactions_at=np.array([last.get(name, np.nan) for name in survivors]),
        )
        pipeline.multi()
        self._states.forget(pipeline, [name for name in survivors if name not in last])
        self._states.write(pipeline, state, survivors, last.keys())
