"""Applying events: a micro-batch of entries becomes states, scores and queue places in one transaction."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime
from itertools import groupby

import redis

from features.own_events import ERASED, MERGED
from features.wrong_numbers import report_of
from leads.configuration.workspace import Workspace
from leads.errors import TooBusy
from serving.events.aside import Aside, Found, Letter
from serving.events.stream import Entry
from serving.live.effects import APART, Effects
from serving.live.number_refusals import NumberRefusals
from serving.live.positions import Positions
from serving.people.people import People
from serving.recording.rows import rows_of

_ATTEMPTS = 100
"""How often a batch is tried again when another worker wrote what it has read."""


class Application:
    """The only writer of customer states.

    Effects and stream positions are written together, on states that nobody else has written since they were read: an
    entry that is delivered again, or to two workers, is applied once.
    """

    def __init__(
        self, workspace: Workspace, positions: Positions, aside: Aside, people: People, effects: Effects,
        refusals: NumberRefusals,
    ) -> None:  # fmt: skip
        self._workspace = workspace
        self._positions = positions
        self._aside = aside
        self._people = people
        self._effects = effects
        self._refusals = refusals

    def apply(self, entries: Sequence[Entry], now: datetime) -> None:
        """Apply entries, each partition's in order; those that are applied already are passed over.

        Raises TooBusy when other workers keep writing the same customers.
        """
        for entry in entries:
            event = entry.event
            report = report_of(event.type, (event.source, event.id), event.customer_id, event.time, event.data)
            if report is not None:
                rows_of(self._workspace, [entry])
                self._people.wrong(report)
        for kind, group in groupby(entries, key=lambda entry: entry.event.type if entry.event.type in APART else None):
            part = list(group)
            for batch in [[entry] for entry in part] if kind in (MERGED, ERASED) else [part]:
                self._apply(batch, now)

    def set_aside(self, entry: Entry, error: BaseException, now: datetime) -> Letter | None:
        """Pass over an entry that cannot be applied, and keep it with the reason; None where it was passed already."""
        while True:
            with self._positions.transaction() as pipeline:
                if not self._positions.left(pipeline, [entry]):
                    return None
                pipeline.multi()
                letter = self._aside.put(pipeline, Found.of(entry), "apply", error, now)
                self._positions.pass_over(pipeline, [entry])
                with suppress(redis.WatchError):
                    pipeline.execute()
                    return letter

    def _apply(self, batch: Sequence[Entry], now: datetime) -> None:
        for _ in range(_ATTEMPTS):
            with self._positions.transaction() as pipeline:
                left = self._positions.left(pipeline, batch)
                if not left:
                    return
                events = [entry.event for entry in left]
                # What the lake could not keep must not be applied either.
                self._effects.queue(pipeline, events, rows_of(self._workspace, left).events, now)
                self._positions.advance(pipeline, left)
                try:
                    pipeline.execute()
                except redis.WatchError:
                    continue
            self._refusals.share(events, now)
            return
        raise TooBusy("other workers keep writing the same customers")
