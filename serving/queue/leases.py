"""Leases in the store: they keep two agents from one customer or phone."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple
from uuid import uuid4

import msgspec
import redis

from leads.errors import NotFound, StaleToken
from serving.calls.attempt_records import AttemptRecord
from serving.calls.promise import Promise
from serving.clock import milliseconds
from serving.events.stream import Event
from serving.queue.call_outcome import call_outcome
from serving.queue.lease import Ahead, Decided, Lease, Wanted, lease_of
from serving.queue.queue_names import QueueNames
from serving.queue.zones import Zones
from serving.store.keyspace import Keyspace
from serving.store.records import Asked
from serving.store.scripts import Scripts
from serving.store.words import Happened

UNDECIDED = Ahead("")
"""Of a claim that decides all."""


class Telling(NamedTuple):
    """The event that tells of a lease that is handed over, and what it is for, as they are kept."""

    event: bytes
    purpose: bytes


class Leases:
    """Who holds whom. Every step is one script: no two callers interleave. A token is checked in `lease_token.lua`."""

    def __init__(
        self, client: redis.Redis, keyspace: Keyspace, scripts: Scripts, names: QueueNames, zones: Zones
    ) -> None:
        self._client = client
        self._keys = keyspace
        self._scripts = scripts
        self._names = names
        self._zones = zones

    def claim(self, queue: str, wanted: Wanted, now: datetime, day: str, ahead: Ahead = UNDECIDED) -> list[Lease]:
        """Hold customers for an agent: pushed ones first, then callbacks, own customers, all others; each by priority.

        Those held already are passed over. day: under which the leads are counted. ahead: with what was decided so; a
        lease of which that stands is handed over at once, and the ledger and the record say so.
        """
        self._names.require(queue)
        answer = self._asked(queue, wanted, now, day, ahead)
        while answer and answer[0] == 0:
            self._zones.meet(answer[1:])
            answer = self._asked(queue, wanted, now, day, ahead)
        rows = zip(answer[::4], answer[1::4], answer[2::4], answer[3::4], strict=True)
        return [lease_of(_text(name), record, Decided(row, call) if row else None) for name, record, row, call in rows]

    def _asked(self, queue: str, wanted: Wanted, now: datetime, day: str, ahead: Ahead) -> list[Any]:
        """What the script says: leases, or 0 and the zones that are not known here."""
        zones, closed = self._zones.known_at(now)
        asked = Asked(
            queue=queue, limit=wanted.limit, agent=wanted.agent_id, stem=f"lease-{uuid4().hex}",
            lasts=_length(timedelta(seconds=wanted.lease_seconds)), day=day,
            skills=wanted.skills, regions=wanted.regions, languages=wanted.languages, zones=zones, closed=closed,
            without=wanted.without, paused=wanted.paused, counters=wanted.counters,
            top=wanted.top, team=wanted.team, most_held=wanted.most_held, key=wanted.key,
            most_of_key=wanted.most_of_key, versions=ahead.versions, endpoints=ahead.hearing,
        )  # fmt: skip
        answer: list[Any] = self._scripts.run("claim", milliseconds(now), _encode(asked))
        return answer

    def hand_over(
        self, leases: Sequence[Lease], seconds: float, now: datetime, tellings: Sequence[Telling] = (),
        ledger: Sequence[str | bytes | int] = (),
    ) -> list[Lease | None]:  # fmt: skip
        """Have leases last so long from now on, when their agent gets them; None for those no longer held.

        tellings: of each. ledger: the decisions behind them, as `Ledger.script_arguments` has them; kept in the same
        step.
        """
        if not leases and not ledger:
            return []
        told = tellings or [Telling(b"", b"")] * len(leases)
        parts = [part for lease, tell in zip(leases, told, strict=True) for part in (lease.id, lease.token, *tell)]
        ends = milliseconds(now) + _length(timedelta(seconds=seconds))
        records = self._scripts.run("handover", milliseconds(now), ends, len(leases), *parts, *ledger)
        return [lease_of(lease.id, kept) if kept else None for lease, kept in zip(leases, records, strict=True)]

    def renew(
        self, lease_id: str, token: int, ends: datetime, now: datetime, longest: timedelta | None = None
    ) -> Lease:
        """Hold for longer, no longer than `longest` since it was handed out. Raises StaleToken when the lease is no
        longer held with this token.
        """
        lasts, most = _length(ends - now), "" if longest is None else _length(longest)
        return self._checked(lease_id, self._scripts.run("renew", milliseconds(now), lease_id, token, lasts, most))

    def release(self, lease_id: str, token: int, now: datetime) -> Lease:
        """Give the customer back to their place, as if never claimed. Raises StaleToken."""
        return self._checked(lease_id, self._scripts.run("release", milliseconds(now), lease_id, token))

    def complete(
        self,
        lease_id: str,
        token: int,
        rest_until: datetime | None,
        events: Sequence[Event],
        now: datetime,
        promise: Promise | None = None,
        disposition: str = "other",
        page: AttemptRecord | None = None,
        number: str | None = None,
    ) -> Lease | None:
        """End the lease. The customer rests until a time, None for good; a promised one comes back when it is due.

        page: what came of calls; nothing is changed, and there is no answer, where it says something else by now.
        number: digest of one that is not to be dialled any more. Raises StaleToken.
        """
        told = call_outcome(disposition, rest_until, page, promise, number, now, self._keys.alias)
        answer = self._scripts.run("complete", milliseconds(now), lease_id, token, *told, *_kept(events))
        return None if answer == 0 else self._checked(lease_id, answer)

    def take_back(self, lease_id: str, by: str, why: str, now: datetime) -> Lease:
        """End a lease for its agent: the customer goes back to their place, and the record says by whom and why.

        Raises NotFound when the lease ended already.
        """
        record = self._scripts.run("takeback", milliseconds(now), lease_id, by, why)
        if record is None:
            raise NotFound("lease", lease_id, "one that is held; see /leases")
        return lease_of(lease_id, record)

    def find(self, lease_id: str) -> Lease | None:
        """A lease that has not ended, by id."""
        record: Any = self._client.hget(self._keys.leased, lease_id)
        return None if record is None else lease_of(lease_id, record)

    def all(self, now: datetime) -> list[Lease]:
        """Who holds what, the longest held first."""
        found: Any = self._client.hgetall(self._keys.leased)
        leases = [lease_of(_text(name), record) for name, record in found.items()]
        return sorted(
            (lease for lease in leases if lease.expires_at > now), key=lambda lease: (lease.granted_at, lease.id)
        )

    def count(self) -> int:
        """How many are held."""
        return int(self._client.zcard(self._keys.leased_ends))  # type: ignore[arg-type]

    def _checked(self, lease_id: str, record: Any) -> Lease:
        if record is None:
            raise StaleToken(f"lease {lease_id} is not held with this token: it ended, or was given to another")
        return lease_of(lease_id, record)


def _kept(events: Sequence[Event]) -> list[str | bytes]:
    """The events of an outcome as the script takes them: the decision of the call, then each with its type."""
    call = next((event.data.get("decision_id") for event in events if event.type == Happened.COMPLETED), None)
    return [call or "", *(part for event in events for part in (event.type, event.kept()))]


def _length(span: timedelta) -> int:
    """In milliseconds."""
    return span // timedelta(milliseconds=1)


def _text(value: bytes | str) -> str:
    return value.decode() if isinstance(value, bytes) else value


_encode = msgspec.json.Encoder().encode
