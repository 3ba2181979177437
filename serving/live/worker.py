"""The stream worker: applies accepted events, records them, keeps time for the queue, and sweeps.

Any number may run. They share the partitions, and take over from one that dies within seconds.
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence

import redis

from serving.clock import Clock
from serving.disk import say, store_refuses
from serving.events.fault_isolation import isolating_faults
from serving.events.stream import Entry, Stream
from serving.live.application import Application
from serving.live.chores import Chores
from serving.live.keeping import Keeping
from serving.live.membership import Membership
from serving.live.recurring import Recurring
from serving.live.sweep import Sweep, fresh_positions
from serving.queue.preparing import Preparing
from serving.scoring.models import Models
from serving.store.layout import StoreLayout

BATCH = 2000
"""Entries applied at once, at most."""

_PATIENCE = 50
"""Milliseconds to wait for an event before looking at the clock again."""

_AWAY = (redis.ConnectionError, redis.TimeoutError, redis.exceptions.BusyLoadingError)
"""The store is not there now; nothing is wrong with what was to be done."""


class StreamWorker:
    """One of the workers of a service."""

    def __init__(
        self, clock: Clock, stream: Stream, application: Application, layout: StoreLayout, membership: Membership,
        sweep: Sweep, models: Models, keeping: Keeping, preparing: Preparing,
    ) -> None:  # fmt: skip
        self._clock = clock
        self._stream = stream
        self._application = application
        self._layout = layout
        self._membership = membership
        self._sweep = sweep
        self._models = models
        self._keeping = keeping
        self._preparing = preparing
        self._chores = Chores()
        self._positions: dict[int, str] = {}
        self._busy = False
        self.stopping = False

    @property
    def recurring(self) -> Mapping[str, Recurring]:
        return self._keeping.recurring

    def run(self) -> None:
        """Work until told to stop; what was accepted is in the lake when the last worker returns."""
        while not self.stopping:
            try:
                self._chores.every("clock", 1.0, self._keeping.keep_time)
                self.tend()
                self.step(_PATIENCE)
            except redis.RedisError as error:
                if not (isinstance(error, _AWAY) or store_refuses(error)):
                    raise
                say(f"worker: the hot store is away or takes nothing: {type(error).__name__}")
                self._positions.clear()
                time.sleep(0.5)
        try:
            self._finish()
        except _AWAY:
            say("worker: the hot store is gone; what is not in the lake yet follows later")

    def step(self, patience: int = 0) -> bool:
        """Apply one micro-batch of this worker's partitions; False when nothing waits. patience: milliseconds to wait
        for an event where there is nothing else to do.
        """
        partitions = self._membership.partitions
        if not partitions:
            time.sleep(patience / 1000)
            return False
        positions = fresh_positions(self._stream, partitions, self._positions)
        entries = self._stream.wait(positions, max(1, BATCH // len(partitions)), 0 if self._busy else patience)
        if entries:
            self._apply(entries)
            positions |= {entry.partition: entry.position for entry in entries}
        self._positions = positions
        return bool(entries)

    def tend(self) -> None:
        """What time asks for."""
        self._chores.every("membership", 0.5, self._membership.renew)
        self._chores.every("heartbeat", 1.0, self._membership.beat)
        if self._membership.records:
            self._keeping.tend(self._chores)
        self._chores.every("models", 1.0, self._renew_models)
        prepared = self._prepare()
        self._busy = self._sweep.step(self._membership.partitions) or prepared

    def _prepare(self) -> bool:
        """Decide ahead for those who are next, where this worker does anything; whether there were any."""
        return bool(self._membership.partitions) and self._preparing.step(self._clock.now())

    def _apply(self, entries: Sequence[Entry]) -> None:
        """Apply entries; one that cannot be is found by halves, and set aside."""
        application, now = self._application, self._clock.now

        def set_aside(entry: Entry, error: BaseException) -> None:
            letter = application.set_aside(entry, error, now())
            if letter is not None:
                say(f"worker: {letter.type} at {letter.position} is set aside: {letter.reason}")

        isolating_faults(entries, lambda part: application.apply(part, now()), set_aside, self._layout.is_other)

    def _renew_models(self) -> None:
        if self._models.refresh():
            self._sweep.soon()

    def _finish(self) -> None:
        """Leave; the last to go records what is left, whoever had the role."""
        for act in self.recurring.values():
            act.stop()
        self._keeping.following.stop()
        if self._membership.records:
            self._keeping.drain()
        self._membership.leave()
        if self._membership.is_last():
            self._keeping.drain()
