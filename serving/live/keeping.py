"""Keeping: what one worker does for all others: the queue's time, recording, erasure in the lake, following, and
what recurs."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta

from features.compaction import compact, finish_all
from features.home import Home
from serving.clock import Clock
from serving.events.stream import Stream
from serving.live.chores import Chores
from serving.live.cleaning import Cleaning
from serving.live.recurring import Recurring
from serving.queue.holds import Holds
from serving.queue.queue_time import QueueTime
from serving.recording.recorder import Recorder
from serving.scoring.following import Following

CHUNK = 10_000
"""Entries recorded at once, at most: live events wait no longer than that takes."""


class Keeping:
    """recurring: what processes of their own do once in a while, by name. recorder: None where nothing is recorded.
    record_every: how often it is.
    """

    def __init__(
        self, home: Home, clock: Clock, stream: Stream, queue_time: QueueTime, holds: Holds, cleaning: Cleaning,
        recurring: Mapping[str, Recurring], following: Following, recorder: Recorder | None, record_every: timedelta,
    ) -> None:  # fmt: skip
        self._home = home
        self._clock = clock
        self._stream = stream
        self._queue_time = queue_time
        self._holds = holds
        self._cleaning = cleaning
        self.recurring = recurring
        self.following = following
        self._recorder = recorder
        self._record_every = record_every.total_seconds()
        self._finished = False

    def keep_time(self) -> None:
        """The queue goes by this service's clock; whichever worker says so."""
        self._queue_time.keep(self._clock.now())

    def tend(self, chores: Chores) -> None:
        """Do what is due."""
        chores.every("settle", 0.25, lambda: self._queue_time.settle(self._clock.now()))
        chores.every("record", self._record_every, lambda: self._record(chores))
        chores.every("holds", 10.0, lambda: self._holds.look(self._clock.now()))
        chores.every("follow", 5.0, self.following.step)
        if self._recorder is not None:
            chores.every("erase", 0.5, self._cleaning.step)
            for name, act in self.recurring.items():
                chores.every(name, 10.0, act.step)
            chores.every("compact", 15.0, lambda: compact(self._home, most=4))

    def drain(self) -> None:
        """Record what is left."""
        if self._recorder is not None:
            self._recorder.drain()

    def _record(self, chores: Chores) -> None:
        """Into the lake; where nothing is recorded, the streams only become shorter."""
        if self._recorder is None:
            self._stream.trim(range(self._stream.partitions), recorded=False)
            return
        if not self._finished:
            self._finished = finish_all(self._home)
        if self._recorder.step(CHUNK) >= CHUNK // 2:
            chores.soon("record")
