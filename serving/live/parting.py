"""Parting: ids that were one customer are not any more, and each person is what they told themselves."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

import numpy as np
import polars as pl

from leads.errors import TooBusy
from serving.events.stream import Event, Stream
from serving.events.timeline import HotTimelines
from serving.live.live_states import LiveStates
from serving.live.placement import Placement
from serving.live.refolding import Apart, Refolding
from serving.live.revivals import Revivals
from serving.queue.aftermath import due_of
from serving.queue.queued_people import QueuedPeople

_ATTEMPTS = 100
"""How often calls are told apart again when another one came in meanwhile."""


class Parting:
    """Queues up what follows where merges are taken back."""

    def __init__(
        self, states: LiveStates, timelines: HotTimelines, stream: Stream, refolding: Refolding,
        queued_people: QueuedPeople, revivals: Revivals, placement: Placement,
    ) -> None:  # fmt: skip
        self._states = states
        self._timelines = timelines
        self._stream = stream
        self._refolding = refolding
        self._queued_people = queued_people
        self._revivals = revivals
        self._placement = placement

    def queue(self, pipeline: Any, came: Sequence[tuple[str, Event]], rows: pl.DataFrame, now: datetime) -> None:
        """came: the partings of who was not erased since. Raises TooBusy when calls with the same customers keep coming
        in.
        """
        if not came:
            pipeline.multi()
            return
        apart = self._recalled(pipeline, [event for _, event in came], now)
        people = list(apart.people)
        reached = self._states.reached(people)
        state = replace(
            self._states.read(people),
            interactions=apart.interactions,
            standing=apart.standing,
            interactions_at=apart.interactions_at,
        )
        pipeline.multi()
        self._states.forget(pipeline, list(apart.into))
        met = ~np.isnan(apart.interactions_at)
        self._states.write(pipeline, state, people, {name for name, known in zip(people, met, strict=True) if known})
        self._timelines.split(pipeline, apart.timeline, apart.into)
        for event in apart.kept:
            self._stream.add(pipeline, event)
        self._revivals.come_back(pipeline, people, state.standing, people, now)
        self._queued_people.part(apart.into, now, pipeline)
        self._revivals.revive(pipeline, reached, state, people, now)
        due = due_of(apart.aftermath[name] for name in people)
        self._placement.place(pipeline, people, reached, state, now, due)

    def _recalled(self, pipeline: Any, events: Sequence[Event], now: datetime) -> Apart:
        """Who came apart, once the queue knows what calls have left behind of each; who became one with them meanwhile
        stands with them already.
        """
        people = self._refolding.people(events)
        self._states.watch(pipeline, [name for members in people.values() for name in members])
        for _ in range(_ATTEMPTS):
            apart = self._refolding.apart(people, events, now)
            for name, into in apart.into.items():
                if name != into:
                    self._queued_people.join(name, into, now)
            afters = apart.aftermath.items()
            if all(self._queued_people.recall(name, after, apart.pages[name], now) for name, after in afters):
                return apart
        raise TooBusy("calls with the same customers keep coming in")
