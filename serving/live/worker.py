"""The stream worker: applies accepted events, records them, keeps time for the queue, and sweeps.

python -m serving.live.worker     with NEXTLEAD_HOME and NEXTLEAD_REDIS_URL set; SIGTERM stops it after its batch

Any number may run. They share the partitions, and take over from one that dies within seconds.
"""

from __future__ import annotations

import gc
import os
import signal
import sys
import time
from collections.abc import Callable, Sequence

import redis

from features.compaction import compact, finish_all
from leads.errors import DamagedFiles
from serving.decisions.learner import Learner
from serving.disk import is_full, say, store_refuses
from serving.events.halves import FAULTS, by_halves, reason_of
from serving.events.stream import Entry
from serving.lifeline import hold
from serving.live.membership import Membership, present
from serving.live.sweep import Sweep, fresh_positions
from serving.people.erasure import erase_pending
from serving.services import Services, build
from serving.settings import from_environment

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


class Worker:
    """One of the workers of a service."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._membership = Membership(services.client, services.keyspace.prefix, services.settings.partitions)
        self._sweep = Sweep(services)
        self.learner = Learner(services)
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
        positions = fresh_positions(self._services, partitions, self._positions)
        patience = 0 if self._swept else _PATIENCE
        entries = self._services.stream.wait(positions, max(1, BATCH // len(partitions)), patience)
        if entries:
            self._apply(entries)
            positions |= {entry.partition: entry.position for entry in entries}
        self._positions = positions
        return bool(entries)

    def tend(self) -> None:
        """What time asks for."""
        services = self._services
        self._every("membership", 0.5, self._membership.renew)
        self._every("heartbeat", 1.0, self._beat)
        if self._membership.records:
            self._every("settle", 0.25, lambda: services.queue.settle(services.clock.now()))
            self._every("record", services.settings.record_every.total_seconds(), self._record)
            if services.settings.record:
                self._every("erase", 0.5, lambda: erase_pending(services))
                self._every("learn", 10.0, self.learner.step)
                self._every("compact", 15.0, lambda: compact(services.home, most=4))
        self._every("models", 1.0, self._renew_models)
        self._swept = self._sweep.step(self._membership.partitions)

    def _apply(self, entries: Sequence[Entry]) -> None:
        """Apply entries; one that cannot be is found by halves, and set aside."""
        application, now = self._services.application, self._services.clock.now

        def set_aside(entry: Entry, error: BaseException) -> None:
            letter = application.set_aside(entry, error, now())
            if letter is not None:
                say(f"worker: {letter.type} at {letter.position} is set aside: {letter.reason}")

        by_halves(entries, lambda part: application.apply(part, now()), set_aside, application.is_elsewhere)

    def _record(self) -> None:
        """Into the lake; where nothing is recorded, the streams only become shorter."""
        if not self._services.settings.record:
            self._services.stream.trim(range(self._services.settings.partitions), recorded=False)
            return
        if not self._recorded:
            self._recorded = finish_all(self._services.home)
        if self._services.recorder.step(CHUNK) >= CHUNK // 2:
            self._next["record"] = 0.0

    def _keep_time(self) -> None:
        self._services.queue.keep_time(self._services.clock.now())

    def _beat(self) -> None:
        self._services.client.hset(self._services.keyspace.meta, "heartbeat", str(int(time.time() * 1000)))

    def _renew_models(self) -> None:
        if self._services.models.refresh():
            self._sweep.soon()

    def _finish(self) -> None:
        """Leave; the last to go records what is left, whoever had the role."""
        self.learner.stop()
        services = self._services
        if self._membership.records and services.settings.record:
            services.recorder.drain()
        self._membership.leave()
        if services.settings.record and not present(services.client, services.keyspace):
            services.recorder.drain()

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
        full = isinstance(error, OSError) and is_full(error)
        why = "the disk takes nothing more" if full else reason_of(error)
        say(f"worker: {name} waits {_PUT_OFF:.0f} s: {error.detail if isinstance(error, DamagedFiles) else why}")
        self._next[name] = time.monotonic() + _PUT_OFF


def main() -> int:
    """Run until SIGTERM or SIGINT."""
    hold(os.environ)
    settings = from_environment(os.environ)
    if settings.redis_url is None:
        say("worker: NEXTLEAD_REDIS_URL is not set")
        return 2
    worker = Worker(build(settings, settings.redis_url))

    def stop(*_: object) -> None:
        worker.stopping = True

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    # What is imported lives as long as the process: the collector need not walk it again.
    gc.collect()
    gc.freeze()
    worker.run()
    return 0


if __name__ == "__main__":
    sys.exit(main())
