"""Keeping: what one worker does for all others: the queue's time, recording, erasure in the lake, learning and
following."""

from __future__ import annotations

from datetime import timedelta

from features.compaction import compact, finish_all
from features.home import Home
from serving.clock import Clock
from serving.decisions.learner import Learner
from serving.events.stream import Stream
from serving.live.chores import Chores
from serving.live.cleaning import Cleaning
from serving.queue.queue_time import QueueTime
from serving.recording.recorder import Recorder
from serving.scoring.following import Following

CHUNK = 10_000
"""Entries recorded at once, at most: live events wait no longer than that takes."""


class Keeping:
    """recorder: None where nothing is recorded. record_every: how often it is."""

    def __init__(
        self, home: Home, clock: Clock, stream: Stream, queue_time: QueueTime, cleaning: Cleaning, learner: Learner,
        following: Following, recorder: Recorder | None, record_every: timedelta,
    ) -> None:  # fmt: skip
        self._home = home
        self._clock = clock
        self._stream = stream
        self._queue_time = queue_time
        self._cleaning = cleaning
        self.learner = learner
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
        chores.every("follow", 5.0, self.following.step)
        if self._recorder is not None:
            chores.every("erase", 0.5, self._cleaning.step)
            chores.every("learn", 10.0, self.learner.step)
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
