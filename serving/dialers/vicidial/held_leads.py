"""Held leads: what is leased to a VICIdial is renewed while it has the lead, and given back when it has not."""

from __future__ import annotations

from datetime import datetime, timedelta

from msgspec.structs import replace

from leads.errors import StaleToken
from serving.clock import milliseconds
from serving.dialers.dead_letters import LEAD, DeadLetters
from serving.dialers.dialer_leases import DialerLeases
from serving.dialers.vicidial.configuration import Vicidial
from serving.dialers.vicidial.hopper import Hopper
from serving.dialers.vicidial.lead_records import Held, LeadRecords


class HeldLeads:
    """The leases of one VICIdial, as its book has them."""

    def __init__(
        self, dialer: Vicidial, book: LeadRecords, hopper: Hopper, leases: DialerLeases, letters: DeadLetters
    ) -> None:
        self._dialer = dialer
        self._book = book
        self._hopper = hopper
        self._leases = leases
        self._letters = letters

    def renew(self, now: datetime) -> None:
        """Renew in time, but nothing that VICIdial has had for too long without a word."""
        soon = milliseconds(now + self._dialer.lease / 2)
        for held in self._book.held().values():
            if held.ends <= soon:
                self._renew(held, now)

    def release(self, held: Held) -> None:
        """Give a customer back to their place."""
        self._book.end(held.customer_id)
        self._leases.release(held.lease_id, held.token)

    def set_aside(self, held: Held, reason: str, now: datetime) -> None:
        """VICIdial does not take the lead: it rests a while, so that others are claimed."""
        self._letters.put(LEAD, reason, held.customer_id, {"lease_id": held.lease_id}, now)
        self._leases.set_aside(held.customer_id, now + self._dialer.aside, now)
        self.release(held)

    def _renew(self, held: Held, now: datetime) -> None:
        if milliseconds(now) - held.since > self._dialer.longest / timedelta(milliseconds=1):
            self._give_up(held, now)
            return
        try:
            lease = self._leases.renew(held.lease_id, held.token, now + self._dialer.lease, now)
        except StaleToken:
            kept = self._book.held_for(held.customer_id)
            if kept is not None and kept.lease_id == held.lease_id:
                self._lose(held)
            return
        self._book.change(replace(held, ends=milliseconds(lease.expires_at)))

    def _lose(self, held: Held) -> None:
        """The lease is not ours any more: the lead must not be dialled."""
        lead = self._book.lead(held.customer_id)
        if lead is not None:
            self._hopper.withdraw(lead)
        self._book.end(held.customer_id)

    def _give_up(self, held: Held, now: datetime) -> None:
        """VICIdial has had it for too long and says nothing: somebody must look, and the lease may end."""
        reason = f"no outcome after {self._dialer.longest}; lead {held.lead_id} is no longer leased"
        self._letters.put(LEAD, reason, held.customer_id, {"lead_id": held.lead_id}, now)
        self._lose(held)
