"""Handover: a lease begins to run when all is decided, and the record says who took the customer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from serving.clock import microseconds
from serving.decisions.ledger import Decision, Ledger
from serving.events.stream import Event
from serving.queue import lease_purpose
from serving.queue.grants import Grant, purpose_of
from serving.queue.leases import Leases, Telling
from serving.store.personal import Personal, personal
from serving.store.words import SOURCE


class Handover:
    """Hands granted leads to their agent."""

    def __init__(self, leases: Leases, ledger: Ledger) -> None:
        self._leases = leases
        self._ledger = ledger

    @property
    def hearing(self) -> Sequence[str]:
        """Endpoints that want to hear of decisions."""
        return self._ledger.hearing

    def hand_over(
        self, taken: Sequence[Grant], decided: Sequence[Decision], seconds: float, now: datetime
    ) -> list[Grant]:
        """The time of a lease runs from when all is decided; one that ended before that is not handed out. In the same
        step the ledger keeps what was decided, the record says who took the customer, and the lease remembers what it
        was granted for.
        """
        ends = now + timedelta(seconds=seconds)
        granted = [replace(one, lease=replace(one.lease, expires_at=ends)) for one in taken]
        tellings = [
            Telling(_event(one, now), personal(lease_purpose.written(purpose_of(one.decision, one.call))))
            for one in granted
        ]
        ledger = self._ledger.script_arguments(decided) if decided else []
        leases = self._leases.hand_over([one.lease for one in granted], seconds, now, tellings, ledger)
        return [replace(one, lease=lease) for one, lease in zip(granted, leases, strict=True) if lease is not None]


def _event(granted: Grant, now: datetime) -> Personal:
    lease = granted.lease
    name = f"{lease.id}/granted"
    return Event(name, SOURCE, "lease.granted", lease.customer_id, microseconds(now), granted.event).kept()
