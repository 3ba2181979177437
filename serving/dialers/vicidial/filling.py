"""Filling: a hopper that runs low gets the best leads that there are, each leased to VICIdial before it is told."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta

from msgspec.structs import replace

from serving.clock import milliseconds
from serving.dialers.dialer_leases import DialerLeases
from serving.dialers.vicidial.api import Waiting
from serving.dialers.vicidial.configuration import Vicidial
from serving.dialers.vicidial.held_leads import HeldLeads
from serving.dialers.vicidial.hopper import Hopper
from serving.dialers.vicidial.lead_records import Held, LeadRecords
from serving.dialers.vicidial.replies import Refused
from serving.queue.grants import LeaseAnswer
from serving.queue.lease import Wanted


class Filling:
    """Fills the hopper of one VICIdial. tell: what it has done."""

    def __init__(
        self, dialer: Vicidial, book: LeadRecords, hopper: Hopper, held_leads: HeldLeads, leases: DialerLeases,
        stopped: threading.Event, tell: Callable[[str], None],
    ) -> None:  # fmt: skip
        self._dialer = dialer
        self._book = book
        self._hopper = hopper
        self._held_leads = held_leads
        self._leases = leases
        self._stopped = stopped
        self._tell = tell

    def fill(self, waiting: Mapping[str, Waiting], now: datetime) -> None:
        """Where fewer wait than there are to be, claim a batch and hand it over, best first."""
        if len(waiting.keys() & self._book.held().keys()) >= self._dialer.low:
            return
        leases = self._claimed(now)
        handed = 0
        try:
            for lease, held in leases:
                if self._stopped.is_set():
                    break
                handed += 1
                self._hand(lease, held, now)
        finally:
            for _, held in leases[handed:]:
                self._held_leads.release(held)
        if handed:
            self._tell(f"{handed} leads handed over")

    def _claimed(self, now: datetime) -> list[tuple[LeaseAnswer, Held]]:
        """A batch, which the book holds from now on."""
        dialer, seconds = self._dialer, int(self._dialer.lease.total_seconds())
        wanted = Wanted(dialer.agent_id, dialer.batch, seconds, tuple(dialer.skills), tuple(dialer.regions))
        leases = self._leases.claim(dialer.queue, wanted, now)
        ends, at = milliseconds(now + timedelta(seconds=seconds)), milliseconds(now)
        claimed = [Held(lease["customer_id"], lease["lease_id"], lease["token"], ends, at, at) for lease in leases]
        self._book.hold(claimed)
        return list(zip(leases, claimed, strict=True))

    def _hand(self, lease: LeaseAnswer, held: Held, now: datetime) -> None:
        """Hand one over. Where no answer comes it stays leased: the next look at the hopper tells."""
        try:
            lead = self._hopper.put(lease)
        except Refused as error:
            if not error.of_lead and not error.message.startswith("NOT ADDED TO HOPPER"):
                self._held_leads.release(held)
                raise
            self._held_leads.set_aside(held, error.message, now)
            return
        self._book.change(replace(held, lead_id=lead.lead_id))
