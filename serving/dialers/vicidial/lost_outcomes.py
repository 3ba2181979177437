"""Outcomes that did not come: of leads that left the hopper long ago, and of reports that nobody finished taking."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

from msgspec.structs import replace

from serving.clock import milliseconds
from serving.dialers.report import Report
from serving.dialers.vicidial.api import NonAgentApi, Waiting
from serving.dialers.vicidial.configuration import Vicidial
from serving.dialers.vicidial.flags import IGNORED
from serving.dialers.vicidial.held_leads import HeldLeads
from serving.dialers.vicidial.hopper import Hopper
from serving.dialers.vicidial.lead_records import Held, LeadRecords
from serving.dialers.vicidial.urls import CallUrls

_LEFT = timedelta(minutes=1)
"""A report that was begun so long ago was left by a process that died."""


class LostOutcomes:
    """Asks one VICIdial what came of calls."""

    def __init__(
        self,
        dialer: Vicidial,
        api: NonAgentApi,
        book: LeadRecords,
        hopper: Hopper,
        held_leads: HeldLeads,
        urls: CallUrls,
    ) -> None:
        self._dialer = dialer
        self._api = api
        self._book = book
        self._hopper = hopper
        self._held_leads = held_leads
        self._urls = urls

    def go_on(self, now: datetime) -> None:
        """Finish what somebody began to take and left."""
        self._urls.go_on(self._dialer, _LEFT, now)

    def ask(self, waiting: Mapping[str, Waiting], now: datetime) -> None:
        """Leads that left the hopper long ago without an outcome: their URL may have been lost."""
        oldest = milliseconds(now - self._dialer.silent)
        for customer_id, held in self._book.held().items():
            if customer_id not in waiting and held.seen <= oldest:
                self._ask(held, now)
            if customer_id in waiting or held.seen <= oldest:
                self._book.change(replace(held, seen=milliseconds(now)))

    def _ask(self, held: Held, now: datetime) -> None:
        lead = self._book.lead(held.customer_id)
        if lead is None:
            self._held_leads.release(held)
            return
        status = self._api.status(lead.lead_id)
        if status in (self._dialer.active, self._dialer.inactive):
            # It was never dialled: VICIdial has dropped it from the hopper.
            self._hopper.withdraw(lead)
            self._held_leads.release(held)
            return
        disposition = self._dialer.flags.meaning(status)
        if disposition is not None and disposition != IGNORED:
            report = Report(
                self._dialer.agent_id, held.lease_id, held.customer_id, disposition, status, phone=lead.phone or None
            )
            self._urls.take(self._dialer, report, now)
