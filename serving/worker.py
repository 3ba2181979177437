"""The stream worker: applies accepted events, records them, keeps time for the queue, and sweeps.

python -m serving.worker     with NEXTLEAD_HOME and NEXTLEAD_REDIS_URL set; SIGTERM stops it after its batch
"""

from __future__ import annotations

import os
import signal
import sys
import time
from collections.abc import Iterator

import redis

from serving.digest import digest_of
from serving.recorder import ERASED, Recorder, erase_from_lake
from serving.services import Services, build
from serving.settings import from_environment
from serving.stream import Entry, order

BATCH = 2000
SWEEP_CHUNK = 1000
FLUSH_SECONDS = 5.0
FLUSH_EVENTS = 50_000
_PATIENCE = 100
"""Milliseconds to wait for an event before looking at the clock again."""


class Worker:
    """One at a time per service; a second one is harmless, its work is refused."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._recorder = Recorder(services.home)
        self._positions = services.stream.applied()
        self._next = dict.fromkeys(("settle", "flush", "sweep", "models", "heartbeat"), 0.0)
        self._sweep: Iterator[list[str]] | None = None
        self._next["sweep"] = time.monotonic() + services.settings.sweep_every.total_seconds()
        self.stopping = False
        if services.settings.record:
            self._catch_up()

    def run(self) -> None:
        """Work until told to stop; what was applied is in the lake when it returns."""
        while not self.stopping:
            try:
                self.step()
                self.tend()
            except redis.ConnectionError as error:
                print(f"worker: the hot store cannot be reached: {type(error).__name__}", file=sys.stderr)
                time.sleep(0.5)
        try:
            self.flush()
        except redis.ConnectionError:
            print(
                "worker: the hot store is gone; what is not in the lake yet follows at the next start",
                file=sys.stderr,
            )

    def step(self) -> bool:
        """Apply one micro-batch; False when nothing waits."""
        patience = 0 if self._sweep is not None else _PATIENCE
        entries = self._services.stream.wait(self._positions, BATCH // len(self._positions), patience)
        if not entries:
            return False
        if not self._services.application.apply(entries, self._services.clock.now()):
            self._positions = self._services.stream.applied()
            return True
        for entry in entries:
            self._positions[entry.partition] = entry.position
        self._record(entries)
        return True

    def tend(self) -> None:
        """What time asks for."""
        services, now = self._services, self._services.clock.now()
        if self._due("heartbeat", 1.0):
            services.client.hset(services.keyspace.meta, "heartbeat", str(int(time.time() * 1000)))
        if self._due("settle", 0.25):
            services.queue.settle(now)
        if self._due("models", 1.0) and services.models.refresh():
            self._next["sweep"] = 0.0
        if self._due("flush", FLUSH_SECONDS):
            self.flush()
        if self._sweep is None and self._due("sweep", services.settings.sweep_every.total_seconds()):
            self._sweep = iter(services.contacts.ids(SWEEP_CHUNK))
        if self._sweep is not None:
            self._sweep_on(self._sweep)

    def flush(self) -> None:
        """Everything applied goes into the lake, and leaves the streams."""
        services = self._services
        done = self._recorder.flush()
        if done:
            services.client.hset(services.keyspace.recorded, mapping={str(p): at for p, at in done.items()})
        for partition, position in done.items():
            services.stream.trim(partition, position)
        if services.settings.record:
            services.ledger.drain()

    def _sweep_on(self, sweep: Iterator[list[str]]) -> None:
        """One chunk of the sweep; live events come in between."""
        ids = next(sweep, None)
        if ids is not None:
            self._services.application.rescore(ids, self._services.clock.now())
            return
        self._sweep = None
        self._services.client.hset(self._services.keyspace.meta, "swept", str(int(time.time() * 1000)))

    def _record(self, entries: list[Entry]) -> None:
        """Keep applied entries for the lake; customers who were erased leave it."""
        services = self._services
        if services.settings.record:
            self._recorder.add(self._lasting(entries))
        else:
            for partition, position in {entry.partition: entry.position for entry in entries}.items():
                services.stream.trim(partition, position)
        gone = [entry.event.customer_id for entry in entries if entry.event.type == ERASED]
        if gone or self._recorder.waiting > FLUSH_EVENTS:
            self.flush()
        if gone:
            erase_from_lake(services.home, gone)
            services.client.sadd(services.keyspace.lake_erased, *map(digest_of, gone))

    def _lasting(self, entries: list[Entry]) -> list[Entry]:
        """Entries without those of erased customers, whose tombstones stay."""
        erased = self._services.contacts.erased([digest_of(entry.event.customer_id) for entry in entries])
        pairs = zip(entries, erased, strict=True)
        return [entry for entry, gone in pairs if not gone or entry.event.type == ERASED]

    def _catch_up(self) -> None:
        """Entries that were applied and not recorded before the last stop are recorded now."""
        services = self._services
        recorded = services.client.hgetall(services.keyspace.recorded)
        for partition, applied in enumerate(self._positions):
            after = recorded.get(str(partition).encode(), b"0-0").decode()  # type: ignore[union-attr]
            while entries := [
                e for e in services.stream.read(partition, after, BATCH) if order(e.position) <= order(applied)
            ]:
                self._recorder.add(self._lasting(entries))
                after = entries[-1].position
        self.flush()

    def _due(self, name: str, every: float) -> bool:
        now = time.monotonic()
        if now < self._next[name]:
            return False
        self._next[name] = now + every
        return True


def main() -> int:
    """Run until SIGTERM or SIGINT."""
    settings = from_environment(os.environ)
    if settings.redis_url is None:
        print("worker: NEXTLEAD_REDIS_URL is not set", file=sys.stderr)
        return 2
    worker = Worker(build(settings, settings.redis_url))

    def stop(*_: object) -> None:
        worker.stopping = True

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    worker.run()
    return 0


if __name__ == "__main__":
    sys.exit(main())
