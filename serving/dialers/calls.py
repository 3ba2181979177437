"""Calls: each report of a dialer counts once, whoever crashes in between, and completes the lease it belongs to.

A report is noted with the lease that it ends before anything is done, and stays noted until all is done. Whoever finds
it noted and not done goes on where the other stopped: either the lease was completed or it was not, and the record
tells which.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import datetime, timedelta
from typing import Any

import msgspec
from redis.exceptions import LockError

from leads.errors import StaleToken, TooBusy, Unavailable
from serving.dialers.report import Report, record_unleased
from serving.events.stream import DUPLICATE_DAYS
from serving.queue.completion import complete
from serving.services import Services

KEPT = timedelta(days=DUPLICATE_DAYS)
"""How long a call is known."""

COMPLETED, RECORDED, DUPLICATE = "completed", "recorded", "duplicate"
"""What became of a report: it ended a lease, there was no lease, or it is known."""

_DONE = b"done"
_WAIT = 5.0
"""Seconds to wait for an earlier report of the same call, and until the record knows what a crashed one did."""

_LOCKED = 30.0
"""Seconds after which a report that is still being taken is given up as crashed."""


class Noted(msgspec.Struct, frozen=True):
    """A report with the lease that it ends, None where the dialer held none."""

    report: Report
    lease_id: str | None
    token: int


class Calls:
    """The calls of one dialer."""

    def __init__(self, services: Services, dialer: str) -> None:
        self._services = services
        self._dialer = dialer
        self._begun = services.keyspace.of("dialer", dialer, "begun")

    def take(self, report: Report, lease: tuple[str, int] | None, let_go: Callable[[Any], None], now: datetime) -> str:
        """What became of the report: COMPLETED, RECORDED or DUPLICATE.

        let_go: queues up, on a pipeline, that the lease is no longer the dialer's to keep.
        """
        lease_id, token = lease or (None, 0)
        noted = Noted(report, lease_id, token)
        with self._alone(report.call_id):
            found: Any = self._services.client.get(self._key(report.call_id))
            if found == _DONE:
                return DUPLICATE
            if found is not None:
                return self._go_on(_decode(found), now)
            with self._services.client.pipeline(transaction=True) as pipeline:
                pipeline.set(self._key(report.call_id), _encode(noted), ex=KEPT)
                pipeline.hset(self._begun, report.call_id, now.isoformat())
                let_go(pipeline)
                pipeline.execute()
            return self._finish(noted, now)

    def go_on(self, older_than: timedelta, now: datetime) -> int:
        """Finish what was begun and left so long ago; how many reports."""
        found: Any = self._services.client.hgetall(self._begun)
        count = 0
        for name, since in found.items():
            if datetime.fromisoformat(since.decode()) > now - older_than:
                continue
            with self._alone(name.decode()):
                kept: Any = self._services.client.get(self._key(name.decode()))
                if kept is None or kept == _DONE:
                    self._services.client.hdel(self._begun, name)
                else:
                    self._go_on(_decode(kept), now)
                    count += 1
        return count

    @contextmanager
    def _alone(self, call_id: str) -> Iterator[None]:
        """Two reports of one call come one after another. Raises TooBusy when the first takes too long."""
        lock = self._services.client.lock(f"{self._key(call_id)}:lock", timeout=_LOCKED, blocking_timeout=_WAIT)
        if not lock.acquire():
            raise TooBusy("an earlier report of this call is still being taken")
        try:
            yield
        finally:
            with suppress(LockError):
                lock.release()

    def _go_on(self, noted: Noted, now: datetime) -> str:
        """Finish what somebody else has begun."""
        if noted.lease_id is not None and self._completed_before(noted):
            self._close(noted)
            return DUPLICATE
        return self._finish(noted, now)

    def _finish(self, noted: Noted, now: datetime) -> str:
        became = RECORDED
        if noted.lease_id is not None:
            try:
                complete(self._services, noted.lease_id, noted.token, noted.report.outcome, now)
                became = COMPLETED
            except StaleToken:
                pass
        if became == RECORDED:
            record_unleased(self._services, noted.report, now)
        self._close(noted)
        return became

    def _close(self, noted: Noted) -> None:
        with self._services.client.pipeline(transaction=True) as pipeline:
            pipeline.set(self._key(noted.report.call_id), _DONE, ex=KEPT)
            pipeline.hdel(self._begun, noted.report.call_id)
            pipeline.execute()

    def _completed_before(self, noted: Noted) -> bool:
        """Whether the record says that the lease was completed. Raises Unavailable when the record is behind."""
        services = self._services
        if services.queue.lease(noted.lease_id or "") is not None:
            return False
        position, deadline = services.stream.position(), time.monotonic() + _WAIT
        while not services.stream.reached(position):
            if time.monotonic() > deadline:
                raise Unavailable("what an earlier report of this call did is not known yet; it is kept")
            time.sleep(0.02)
        customer_id = services.contacts.surviving([noted.report.customer_id])[0]
        events: Any = services.client.zrange(services.keyspace.timeline(customer_id), 0, -1)
        wanted = f'"{noted.lease_id}/completed"'.encode()
        return any(wanted in event for event in events)

    def _key(self, call_id: str) -> str:
        return self._services.keyspace.of("dialer", self._dialer, "call", call_id)


_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder(Noted).decode
