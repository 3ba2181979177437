"""Clearing: what must not be called, or is not held, goes out of the hopper."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from features.phone import line_of
from serving.dialers.callable_leads import CallableLeads
from serving.dialers.vicidial.api import Waiting
from serving.dialers.vicidial.configuration import Vicidial
from serving.dialers.vicidial.held_leads import HeldLeads
from serving.dialers.vicidial.hopper import Hopper
from serving.dialers.vicidial.lead_records import Lead, LeadRecords
from serving.people.reach import Reach


class Clearing:
    """Clears the hopper of one VICIdial."""

    def __init__(
        self, dialer: Vicidial, book: LeadRecords, hopper: Hopper, held_leads: HeldLeads, leads: CallableLeads
    ) -> None:
        self._dialer = dialer
        self._book = book
        self._hopper = hopper
        self._held_leads = held_leads
        self._leads = leads

    def clear(self, waiting: Mapping[str, Waiting]) -> None:
        """What waits without a lease goes out: a lease that ended, or something that nobody here has put in."""
        held = self._book.held()
        for customer_id, row in waiting.items():
            if customer_id not in held:
                self._hopper.take_out(customer_id, row)

    def check(self, waiting: Mapping[str, Waiting], now: datetime) -> None:
        """Who may no longer be called is taken out and given back."""
        held = self._book.held()
        for customer_id in self._unfit([name for name in held if name in waiting], now):
            if self._hopper.take_out(customer_id, waiting[customer_id]):
                self._leads.take_out(customer_id, now)
                self._held_leads.release(held[customer_id])

    def give_back(self, waiting: Mapping[str, Waiting]) -> None:
        """Everything goes out and is given back. Leads on a call stay leased: their outcome ends it."""
        for customer_id, held in self._book.held().items():
            row = waiting.get(customer_id)
            if row is not None and self._hopper.take_out(customer_id, row):
                self._held_leads.release(held)

    def _unfit(self, customer_ids: Sequence[str], now: datetime) -> list[str]:
        """Who may not be called any more, by what is known now; and whose number has changed."""
        reach, leads = self._leads.reach(self._dialer.queue, customer_ids, now), self._book.leads(customer_ids)
        return [name for name, each, lead in zip(customer_ids, reach, leads, strict=True) if not _has(each, lead)]


def _has(reach: Reach | None, lead: Lead | None) -> bool:
    """Whether the number that VICIdial was given still leads to the customer, and may be dialled."""
    return reach is not None and lead is not None and line_of(lead.phone) in reach.lines
