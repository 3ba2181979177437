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
from typing import Any, Literal

import msgspec
import redis
from redis.exceptions import LockError

from leads.errors import StaleToken, TooBusy, Unavailable
from serving.dialers.report import Report, Unleased
from serving.events.stream import Stream
from serving.people.contacts import Contacts
from serving.queue.completions import Completions
from serving.queue.leases import Leases
from serving.store.keyspace import Keyspace
from serving.store.personal import personal
from serving.store.words import DUPLICATE_DAYS

KEPT = timedelta(days=DUPLICATE_DAYS)
"""How long a call is known."""

Taken = Literal["completed", "recorded", "duplicate"]
COMPLETED: Taken = "completed"
RECORDED: Taken = "recorded"
DUPLICATE: Taken = "duplicate"
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
    """Takes what dialers report."""

    def __init__(
        self, client: redis.Redis, keyspace: Keyspace, stream: Stream, contacts: Contacts, leases: Leases,
        completions: Completions, unleased: Unleased,
    ) -> None:  # fmt: skip
        self._client = client
        self._keys = keyspace
        self._stream = stream
        self._contacts = contacts
        self._leases = leases
        self._completions = completions
        self._unleased = unleased

    def take(
        self, report: Report, lease: tuple[str, int] | None, let_go: Callable[[Any], None], now: datetime
    ) -> Taken:
        """What became of the report: COMPLETED, RECORDED or DUPLICATE.

        let_go: queues up, on a pipeline, that the lease is no longer the dialer's to keep.
        """
        lease_id, token = lease or (None, 0)
        noted = Noted(report, lease_id, token)
        with self._alone(report.dialer, report.call_id):
            found: Any = self._client.get(self._key(report.dialer, report.call_id))
            if found == _DONE:
                return DUPLICATE
            if found is not None:
                return self._go_on(_decode(found), now)
            with self._client.pipeline(transaction=True) as pipeline:
                pipeline.set(self._key(report.dialer, report.call_id), personal(_encode(noted)), ex=KEPT)
                pipeline.hset(self._begun(report.dialer), report.call_id, now.isoformat())
                let_go(pipeline)
                pipeline.execute()
            return self._finish(noted, now)

    def go_on(self, dialer: str, older_than: timedelta, now: datetime) -> int:
        """Finish what was begun of a dialer's and left so long ago; how many reports."""
        found: Any = self._client.hgetall(self._begun(dialer))
        count = 0
        for name, since in found.items():
            if datetime.fromisoformat(since.decode()) > now - older_than:
                continue
            with self._alone(dialer, name.decode()):
                kept: Any = self._client.get(self._key(dialer, name.decode()))
                if kept is None or kept == _DONE:
                    self._client.hdel(self._begun(dialer), name)
                else:
                    self._go_on(_decode(kept), now)
                    count += 1
        return count

    @contextmanager
    def _alone(self, dialer: str, call_id: str) -> Iterator[None]:
        """Two reports of one call come one after another. Raises TooBusy when the first takes too long."""
        name = self._keys.call_lock(dialer, call_id)
        lock = self._client.lock(name, timeout=_LOCKED, blocking_timeout=_WAIT)
        if not lock.acquire():
            raise TooBusy("an earlier report of this call is still being taken")
        try:
            yield
        finally:
            with suppress(LockError):
                lock.release()

    def _go_on(self, noted: Noted, now: datetime) -> Taken:
        """Finish what somebody else has begun."""
        if noted.lease_id is not None and self._completed_before(noted):
            self._close(noted)
            return DUPLICATE
        return self._finish(noted, now)

    def _finish(self, noted: Noted, now: datetime) -> Taken:
        became = RECORDED
        if noted.lease_id is not None:
            try:
                self._completions.complete(noted.lease_id, noted.token, noted.report.outcome, now)
                became = COMPLETED
            except StaleToken:
                pass
        if became == RECORDED:
            self._unleased.record(noted.report, now)
        self._close(noted)
        return became

    def _close(self, noted: Noted) -> None:
        with self._client.pipeline(transaction=True) as pipeline:
            pipeline.set(self._key(noted.report.dialer, noted.report.call_id), _DONE, ex=KEPT)
            pipeline.hdel(self._begun(noted.report.dialer), noted.report.call_id)
            pipeline.execute()

    def _completed_before(self, noted: Noted) -> bool:
        """Whether the record says that the lease was completed. Raises Unavailable when the record is behind."""
        if self._leases.find(noted.lease_id or "") is not None:
            return False
        position, deadline = self._stream.position(), time.monotonic() + _WAIT
        while not self._stream.reached(position):
            if time.monotonic() > deadline:
                raise Unavailable("what an earlier report of this call did is not known yet; it is kept")
            time.sleep(0.02)
        customer_id = self._contacts.surviving([noted.report.customer_id])[0]
        events: Any = self._client.zrange(self._keys.timeline(customer_id), 0, -1)
        wanted = f'"{noted.lease_id}/completed"'.encode()
        return any(wanted in event for event in events)

    def _begun(self, dialer: str) -> str:
        """The calls of a dialer that are being taken, by since when."""
        return self._keys.calls_begun(dialer)

    def _key(self, dialer: str, call_id: str) -> str:
        return self._keys.call(dialer, call_id)


_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder(Noted).decode
