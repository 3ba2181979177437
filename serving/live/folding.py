"""Folding: what events say becomes the states, rests and places of those whom they are about."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

import numpy as np
import polars as pl

from features.columns import event_columns
from features.fold import fold
from features.hot import CustomerState
from features.own_events import CHANGED, DIALLED, ERASED, NUMBER_WRONG, RESTS, SET_ASIDE
from leads.configuration.spelling import CALLED
from leads.configuration.spelling import CHANGED as CONSENTED
from leads.contact.callback import CALLBACK
from serving.calls.called import called
from serving.calls.promise import Promise, promise_in
from serving.events.stream import Event
from serving.live.live_states import LiveStates
from serving.live.number_refusals import NumberRefusals
from serving.live.placement import Placement
from serving.live.revivals import Revivals
from serving.queue.rests import Rests
from serving.scoring.scorer import Due, Scorer

_SILENT = (
    "decision.made", "lease.granted", "lead.recalled", "lead.pushed", "lead.unpushed", RESTS, DIALLED, NUMBER_WRONG,
    ERASED, SET_ASIDE,
)  # fmt: skip
"""Own events that change nobody's score."""


class Folding:
    """Queues up what events change that leave who is who as it is."""

    def __init__(
        self, states: LiveStates, scorer: Scorer, rests: Rests, revivals: Revivals, refusals: NumberRefusals,
        placement: Placement,
    ) -> None:  # fmt: skip
        self._states = states
        self._scorer = scorer
        self._rests = rests
        self._revivals = revivals
        self._refusals = refusals
        self._placement = placement

    def queue(self, pipeline: Any, came: Sequence[tuple[str, Event]], rows: pl.DataFrame, now: datetime) -> None:
        """came: events with the ids that survive. rows: of the declared ones."""
        self._fold(pipeline, [replace(event, customer_id=name) for name, event in came], rows, now)
        self._refusals.queue(pipeline, came)

    def _fold(self, pipeline: Any, events: Sequence[Event], rows: pl.DataFrame, now: datetime) -> None:
        asked = list(dict.fromkeys(event.customer_id for event in events if event.type not in _SILENT))
        self._states.watch(pipeline, asked)
        declared = [event for event in events if event.type in self._states.layout.workspace.events]
        reached, fresh = self._states.known(asked, declared)
        touched = [reach.customer_id for reach in reached]
        state = self._states.read(touched) if touched else None
        pipeline.multi()
        if state is None:
            return
        self._states.meet(pipeline, fresh)
        if declared:
            state = self._folded(state, touched, declared, rows)
            self._states.write(pipeline, state, touched, {event.customer_id for event in declared})
            self._revivals.come_back(pipeline, touched, state.standing, self._lapsed(declared), now)
        told = {event.customer_id for event in events if event.type in (CHANGED, CONSENTED)}
        self._revivals.revive(pipeline, reached, state, told, now)
        promised = self._promised(declared)
        for customer_id, promise in promised.items():
            self._rests.rest(customer_id, promise.due, now, promise=promise, disposition=CALLBACK, pipeline=pipeline)
        self._placement.place(pipeline, touched, reached, state, now, self._due_with(promised, touched))

    def _lapsed(self, events: Sequence[Event]) -> set[str]:
        """Of whom the core says that a policy has ended."""
        kinds = self._states.layout.workspace.events.values()
        ending = {kind.name for kind in kinds if kind.policy == "lapsed"}
        return {event.customer_id for event in events if event.type in ending}

    def _promised(self, events: Sequence[Event]) -> dict[str, Promise]:
        """The last callback that events tell of, by customer."""
        grace = self._scorer.configuration.catalogue.queue.queueing.callback_grace
        calls = [(event, called(event.source, event.data)) for event in events if event.type == CALLED]
        told = {event.customer_id: promise_in(call, grace) for event, call in calls if call is not None}
        return {name: promise for name, promise in told.items() if promise is not None}

    def _due_with(self, promised: Mapping[str, Promise], ids: Sequence[str]) -> Due | None:
        """The calls that are due with these promises, which are about to be written; None where there are none."""
        if not promised:
            return None
        promises, retries = self._scorer.due(ids)
        return [promised.get(name, promise) for name, promise in zip(ids, promises, strict=True)], retries

    def _folded(
        self, state: CustomerState, touched: Sequence[str], events: Sequence[Event], frame: pl.DataFrame
    ) -> CustomerState:
        layout = self._states.layout
        position = {customer_id: row for row, customer_id in enumerate(touched)}
        rows = np.array([position[event.customer_id] for event in events])
        columns = event_columns(layout.workspace, frame)
        at = state.interactions_at.copy()
        np.fmax.at(at, rows, np.array([event.time for event in events], dtype=np.float64))
        return replace(
            state,
            interactions=fold(layout.interactions, state.interactions, rows, columns),
            standing=fold(layout.standing, state.standing, rows, columns),
            interactions_at=at,
        )
