"""Leads as a dialer takes them, and gives them back: for the queue it is an agent like any other."""

from __future__ import annotations

from datetime import datetime

from leads.errors import StaleToken
from serving.clock import Clock
from serving.queue.claims import Claims
from serving.queue.grants import LeaseAnswer
from serving.queue.lease import Lease, Wanted
from serving.queue.leases import Leases
from serving.queue.rests import Rests


class DialerLeases:
    """Claims leads, keeps them and gives them back."""

    def __init__(self, claims: Claims, leases: Leases, rests: Rests, clock: Clock) -> None:
        self._claims = claims
        self._leases = leases
        self._rests = rests
        self._clock = clock

    def claim(self, queue: str, wanted: Wanted, now: datetime) -> list[LeaseAnswer]:
        """As many leads as are wanted, those to be called first in front."""
        return self._claims.claim(queue, wanted, now)["leases"]

    def renew(self, lease_id: str, token: int, ends: datetime, now: datetime) -> Lease:
        """Hold for longer. Raises StaleToken when the lease is not the dialer's any more."""
        return self._leases.renew(lease_id, token, ends, now)

    def release(self, lease_id: str, token: int) -> None:
        """Give a customer back to their place; a lease that ended already needs it no more."""
        try:
            self._leases.release(lease_id, token, self._clock.now())
        except StaleToken:
            return

    def set_aside(self, customer_id: str, until: datetime, now: datetime) -> None:
        """The dialer does not take them: they rest until a time, so that others are claimed."""
        self._rests.set_aside(customer_id, until, now)
