"""The stream worker: applies accepted events, records them, keeps time for the queue, and sweeps.

Any number may run. They share the partitions, and take over from one that dies within seconds.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from datetime import timedelta

import redis

from features.compaction import compact, finish_all
from features.home import Home
from leads.errors import DamagedFiles
from serving.clock import Clock
from serving.decisions.learner import Learner
from serving.disk import is_full, say, store_refuses
from serving.events.halves import FAULTS, by_halves, reason_of
from serving.events.stream import Entry, Stream
from serving.live.application import Application
from serving.live.cleaning import Cleaning
from serving.live.membership import Membership, present
from serving.live.sweep import Sweep, fresh_positions
from serving.queue.queue_time import QueueTime
from serving.recording.recorder import Recorder
from serving.scoring.models import Models
from serving.store.keyspace import Keyspace
from serving.store.layout import StoreLayout

BATCH = 2000
"""Entries applied at once, at most."""

CHUNK = 10_000
"""Entries recorded at once, at most: live events wait no longer than that takes."""

_PATIENCE = 50
"""Milliseconds to wait for an event before looking at the clock again."""

_PUT_OFF = 10.0
"""Seconds after which is tried again what the disk did not allow."""

_AWAY = (redis.ConnectionError, redis.TimeoutError, redis.exceptions.BusyLoadingError)
"""The store is not there now; nothing is wrong with what was to be done."""


class StreamWorker:
    """One of the workers of a service. recorder: None where nothing is recorded. record_every: how often it is."""

    def __init__(
        self, client: redis.Redis, keyspace: Keyspace, home: Home, clock: Clock, stream: Stream, queue_time: QueueTime,
        models: Models, application: Application, layout: StoreLayout, membership: Membership, sweep: Sweep,
        learner: Learner, cleaning: Cleaning, recorder: Recorder | None, record_every: timedelta,
    ) -> None:  # fmt: skip
        self._client = client
        self._keys = keyspace
        self._home = home
        self._clock = clock
        self._stream = stream
        self._queue_time = queue_time
        self._models = models
        self._application = application
        self._layout = layout
        self._membership = membership
        self._sweep = sweep
        self.learner = learner
        self._cleaning = cleaning
        self._recorder = recorder
        self._record_every = record_every.total_seconds()
        self._positions: dict[int, str] = {}
        self._next: dict[str, float] = {}
        self._recorded = False
        self._swept = False
        self.stopping = False

    def run(self) -> None:
        """Work until told to stop; what was accepted is in the lake when the last worker returns."""
        while not self.stopping:
            try:
                self._every("clock", 1.0, self._keep_time)
                self.tend()
                self.step()
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

    def step(self) -> bool:
        """Apply one micro-batch of this worker's partitions; False when nothing waits."""
        partitions = self._membership.partitions
        if not partitions:
            time.sleep(_PATIENCE / 1000)
            return False
        positions = fresh_positions(self._stream, partitions, self._positions)
        patience = 0 if self._swept else _PATIENCE
        entries = self._stream.wait(positions, max(1, BATCH // len(partitions)), patience)
        if entries:
            self._apply(entries)
            positions |= {entry.partition: entry.position for entry in entries}
        self._positions = positions
        return bool(entries)

    def tend(self) -> None:
        """What time asks for."""
        self._every("membership", 0.5, self._membership.renew)
        self._every("heartbeat", 1.0, self._beat)
        if self._membership.records:
            self._every("settle", 0.25, lambda: self._queue_time.settle(self._clock.now()))
            self._every("record", self._record_every, self._record)
            if self._recorder is not None:
                self._every("erase", 0.5, self._cleaning.step)
                self._every("learn", 10.0, self.learner.step)
                self._every("compact", 15.0, lambda: compact(self._home, most=4))
        self._every("models", 1.0, self._renew_models)
        self._swept = self._sweep.step(self._membership.partitions)

    def _apply(self, entries: Sequence[Entry]) -> None:
        """Apply entries; one that cannot be is found by halves, and set aside."""
        application, now = self._application, self._clock.now

        def set_aside(entry: Entry, error: BaseException) -> None:
            letter = application.set_aside(entry, error, now())
            if letter is not None:
                say(f"worker: {letter.type} at {letter.position} is set aside: {letter.reason}")

        by_halves(entries, lambda part: application.apply(part, now()), set_aside, self._layout.is_other)

    def _record(self) -> None:
        """Into the lake; where nothing is recorded, the streams only become shorter."""
        if self._recorder is None:
            self._stream.trim(range(self._stream.partitions), recorded=False)
            return
        if not self._recorded:
            self._recorded = finish_all(self._home)
        if self._recorder.step(CHUNK) >= CHUNK // 2:
            self._next["record"] = 0.0

    def _keep_time(self) -> None:
        self._queue_time.keep(self._clock.now())

    def _beat(self) -> None:
        self._client.hset(self._keys.meta, "heartbeat", str(int(time.time() * 1000)))

    def _renew_models(self) -> None:
        if self._models.refresh():
            self._sweep.soon()

    def _finish(self) -> None:
        """Leave; the last to go records what is left, whoever had the role."""
        self.learner.stop()
        recorder = self._recorder
        if self._membership.records and recorder is not None:
            recorder.drain()
        self._membership.leave()
        if recorder is not None and not present(self._client, self._keys):
            recorder.drain()

    def _every(self, name: str, seconds: float, act: Callable[[], object]) -> None:
        if time.monotonic() >= self._next.get(name, 0.0):
            self._next[name] = time.monotonic() + seconds
            try:
                act()
            except redis.RedisError:
                raise
            except FAULTS as error:
                self._put_off(name, error)

    def _put_off(self, name: str, error: BaseException) -> None:
        """What cannot be done now is tried again later; live events go on."""
        why = "the disk takes nothing more" if is_full(error) else reason_of(error)
        say(f"worker: {name} waits {_PUT_OFF:.0f} s: {error.detail if isinstance(error, DamagedFiles) else why}")
        self._next[name] = time.monotonic() + _PUT_OFF
