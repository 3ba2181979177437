"""Joining: two customers turned out to be one, and stand as one from now on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

import numpy as np
import polars as pl

from features.added_states import as_one
from serving.events.stream import Event
from serving.events.timeline import HotTimelines
from serving.live.live_states import LiveStates
from serving.live.placement import Placement
from serving.live.revivals import Revivals
from serving.queue.aftermath import earlier
from serving.queue.queued_people import QueuedPeople
from serving.queue.rests import Rests
from serving.scoring.scorer import Due, Scorer


class Joining:
    """Queues up what follows from a merge."""

    def __init__(
        self, states: LiveStates, timelines: HotTimelines, scorer: Scorer, rests: Rests, queued_people: QueuedPeople,
        revivals: Revivals, placement: Placement,
    ) -> None:  # fmt: skip
        self._states = states
        self._timelines = timelines
        self._scorer = scorer
        self._rests = rests
        self._queued_people = queued_people
        self._revivals = revivals
        self._placement = placement

    def queue(self, pipeline: Any, came: Sequence[tuple[str, Event]], rows: pl.DataFrame, now: datetime) -> None:
        """Two become one, unless they have come apart by now, or one was erased. came: the merge, with the id that
        survives.
        """
        for into, event in came:
            if into != event.customer_id:
                self._join(pipeline, into, event, now)
                return
        pipeline.multi()

    def _join(self, pipeline: Any, into: str, event: Event, now: datetime) -> None:
        gone, states = event.customer_id, self._states
        states.watch(pipeline, [into, gone])
        self._queued_people.watch(pipeline)
        pair = states.read([into, gone])
        reached, _ = states.known([into], [replace(event, customer_id=into)])
        due = self._due(into, gone)
        pipeline.multi()
        state = as_one(states.layout, pair)
        if not np.isnan(pair.interactions_at[1]):
            states.write(pipeline, state, [into], {into})
        states.leave(pipeline, gone)
        self._timelines.move(pipeline, gone, into)
        self._queued_people.join(gone, into, now, pipeline)
        self._revivals.revive(pipeline, reached, state, {into}, now)
        self._revivals.come_back(pipeline, [into], state.standing, [into], now)
        self._placement.place(pipeline, [into], reached, state, now, due)

    def _due(self, into: str, gone: str) -> Due:
        """The calls that are due with two who become one, as they will stand once the queue has joined them."""
        promises, retries = self._scorer.due([into, gone])
        kept, other = self._rests.until([into, gone])
        return [earlier(promises[0], promises[1])], [retries[1 if other > kept else 0]]
