"""Telling ranks: VICIdial hears the order of the leads that it knows, as far as it has changed."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from datetime import datetime

from msgspec.structs import replace

from serving.dialers.callable_leads import CallableLeads
from serving.dialers.vicidial.api import NonAgentApi
from serving.dialers.vicidial.configuration import Vicidial
from serving.dialers.vicidial.lead_records import Lead, LeadRecords
from serving.dialers.vicidial.ranks import LOWEST, rank_of


class RankTelling:
    """Tells one VICIdial the ranks of its leads. due: when it is to be told next."""

    def __init__(
        self, dialer: Vicidial, api: NonAgentApi, book: LeadRecords, leads: CallableLeads, stopped: threading.Event,
        due: datetime,
    ) -> None:  # fmt: skip
        self._dialer = dialer
        self._api = api
        self._book = book
        self._leads = leads
        self._stopped = stopped
        self._due = due

    def tell(self, now: datetime) -> None:
        """Ranks of leads that VICIdial knows, as far as they have changed, a batch at a time."""
        if not self._dialer.most_ranks or now < self._due:
            return
        priorities = self._leads.priorities(self._dialer.queue, self._dialer.most_ranks, now)
        told = 0
        for lead in self._ordered(priorities):
            if self._stopped.is_set() or told == self._dialer.ranks_batch:
                return
            told += self._tell(lead, priorities.get(lead.customer_id))
        self._due = now + self._dialer.ranks_every

    def _ordered(self, priorities: Mapping[str, float]) -> list[Lead]:
        """Whose ranks there are to be told: first of those who must not be called now, then best first."""
        leads = {lead.customer_id: lead for lead in self._book.leads(list(priorities)) if lead is not None}
        leads |= {lead.customer_id: lead for lead in self._book.ranked()}
        held = self._book.held()
        there = [lead for lead in leads.values() if lead.customer_id not in held]
        return sorted(there, key=lambda lead: -priorities.get(lead.customer_id, float("inf")))

    def _tell(self, lead: Lead, priority: float | None) -> bool:
        """Tell a lead's rank, None for one that must not be called now; False when it is what was told before."""
        rank = LOWEST if priority is None else rank_of(priority, self._dialer.middle)
        if rank == lead.rank:
            return False
        self._api.update(lead.lead_id, {"rank": rank})
        self._book.write(replace(lead, rank=rank))
        return True
