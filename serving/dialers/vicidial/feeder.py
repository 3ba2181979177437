"""The feeder: keeps a VICIdial's hopper filled with leads that are leased to it, and with no others.

A lead waits in the hopper only while we hold a lease for it, so no agent of ours can be given the same customer or
phone number. The campaign's dial statuses must name the `active` status alone: then VICIdial dials nothing else.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta

from msgspec.structs import replace

from features.phone import line_of
from leads.contact.policy import CALL
from leads.errors import StaleToken
from serving.clock import Clock, milliseconds
from serving.decisions.batch import Request
from serving.decisions.decider import Decider
from serving.dialers.calls import Calls
from serving.dialers.dead_letters import LEAD, DeadLetters
from serving.dialers.report import Report
from serving.dialers.vicidial.api import NonAgentApi, Waiting
from serving.dialers.vicidial.configuration import Vicidial
from serving.dialers.vicidial.flags import IGNORED
from serving.dialers.vicidial.handing import Handing
from serving.dialers.vicidial.lead_records import Held, Lead, LeadRecords
from serving.dialers.vicidial.ranks import LOWEST
from serving.dialers.vicidial.replies import Refused
from serving.dialers.vicidial.urls import CallUrls
from serving.people.reach import Reach
from serving.queue.claims import Claims
from serving.queue.grants import LeaseAnswer
from serving.queue.lease import Wanted
from serving.queue.leases import Leases
from serving.queue.places import Item
from serving.queue.rests import Rests
from serving.queue.waiting_leads import WaitingLeads
from serving.scoring.scorer import Scorer

_LEFT = timedelta(minutes=1)
"""A report that was begun so long ago was left by a process that died."""


class Feeder:
    """One round after another. A round raises Unavailable or Refused; what it has done until then is noted."""

    def __init__(
        self, dialer: Vicidial, api: NonAgentApi, book: LeadRecords, letters: DeadLetters, clock: Clock,
        waiting: WaitingLeads, leases: Leases, rests: Rests,
        claims: Claims, scorer: Scorer, decider: Decider, calls: Calls, urls: CallUrls, stopped: threading.Event,
        tell: Callable[[str], None],
    ) -> None:  # fmt: skip
        self._clock = clock
        self._scorer = scorer
        self._decider = decider
        self._waiting_leads = waiting
        self._leases = leases
        self._rests = rests
        self._claims = claims
        self._calls = calls
        self._urls = urls
        self._dialer = dialer
        self._api = api
        self._stopped = stopped
        self._tell = tell
        self._book = book
        self._handing = Handing(dialer, api, book)
        self._letters = letters
        self._ranks_at = self._now()

    def round(self) -> None:
        """Look at the hopper, keep its leases, take out what must not be called, fill it, and tell ranks."""
        self._calls.go_on(self._dialer.agent_id, _LEFT, self._now())
        waiting = self._waiting()
        self._clear(waiting)
        self._keep(waiting)
        self._ask_about(waiting)
        if len(waiting.keys() & self._book.held().keys()) < self._dialer.low:
            self._fill()
        self._tell_ranks()

    def give_back(self) -> None:
        """Take everything out of the hopper and release it. Leads on a call stay leased: their outcome ends it."""
        waiting = self._waiting()
        for customer_id, held in self._book.held().items():
            row = waiting.get(customer_id)
            if row is not None and self._handing.withdraw(self._lead(row, customer_id)):
                self._release(held)

    def _waiting(self) -> dict[str, Waiting]:
        """By customer, the leads of our list in the hopper."""
        found = {}
        for row in self._api.hopper():
            customer_id = self._book.customer(row.lead_id, row.code)
            if row.list == self._dialer.list and customer_id is not None:
                found[customer_id] = row
        return found

    def _clear(self, waiting: Mapping[str, Waiting]) -> None:
        """What waits without a lease goes out: a lease that ended, or something that nobody here has put in."""
        held = self._book.held()
        for customer_id, row in waiting.items():
            if customer_id not in held:
                self._handing.withdraw(self._lead(row, customer_id))

    def _keep(self, waiting: Mapping[str, Waiting]) -> None:
        """Who may no longer be called is taken out and given back; what else is in VICIdial is renewed in time."""
        now = self._now()
        held = self._book.held()
        for customer_id in self._unfit([name for name in held if name in waiting], now):
            if self._handing.withdraw(self._lead(waiting[customer_id], customer_id)):
                self._waiting_leads.put([Item(customer_id, (), {})], now)
                self._release(held.pop(customer_id))
        soon = milliseconds(now + self._dialer.lease / 2)
        for item in held.values():
            if item.ends <= soon:
                self._renew(item, now)

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
            self._handing.withdraw(lead)
        self._book.end(held.customer_id)

    def _give_up(self, held: Held, now: datetime) -> None:
        """VICIdial has had it for too long and says nothing: somebody must look, and the lease may end."""
        reason = f"no outcome after {self._dialer.longest}; lead {held.lead_id} is no longer leased"
        self._letters.put(LEAD, reason, held.customer_id, {"lead_id": held.lead_id}, now)
        self._lose(held)

    def _ask_about(self, waiting: Mapping[str, Waiting]) -> None:
        """Leads that left the hopper long ago without an outcome: their URL may have been lost."""
        now = self._now()
        oldest = milliseconds(now - self._dialer.silent)
        for customer_id, held in self._book.held().items():
            if customer_id not in waiting and held.seen <= oldest:
                self._ask(held, now)
            if customer_id in waiting or held.seen <= oldest:
                self._book.change(replace(held, seen=milliseconds(now)))

    def _ask(self, held: Held, now: datetime) -> None:
        lead = self._book.lead(held.customer_id)
        if lead is None:
            self._release(held)
            return
        status = self._api.status(lead.lead_id)
        if status in (self._dialer.active, self._dialer.inactive):
            # It was never dialled: VICIdial has dropped it from the hopper.
            self._handing.withdraw(lead)
            self._release(held)
            return
        disposition = self._dialer.flags.meaning(status)
        if disposition is not None and disposition != IGNORED:
            report = Report(
                self._dialer.agent_id, held.lease_id, held.customer_id, disposition, status, phone=lead.phone or None
            )
            self._urls.take(self._dialer, report, now)

    def _fill(self) -> None:
        """Claim a batch and hand it over, best first."""
        dialer, now = self._dialer, self._now()
        seconds = int(dialer.lease.total_seconds())
        wanted = Wanted(dialer.agent_id, dialer.batch, seconds, tuple(dialer.skills), tuple(dialer.regions))
        leases = self._claims.claim(dialer.queue, wanted, now)["leases"]
        ends, at = milliseconds(now + timedelta(seconds=seconds)), milliseconds(now)
        claimed = [Held(lease["customer_id"], lease["lease_id"], lease["token"], ends, at, at) for lease in leases]
        self._book.hold(claimed)
        handed = 0
        try:
            for lease, held in zip(leases, claimed, strict=True):
                if self._stopped.is_set():
                    break
                handed += 1
                self._hand(lease, held)
        finally:
            for held in claimed[handed:]:
                self._release(held)
        if handed:
            self._tell(f"{handed} leads handed over")

    def _hand(self, lease: LeaseAnswer, held: Held) -> None:
        """Hand one over. Where no answer comes it stays leased: the next look at the hopper tells."""
        try:
            lead = self._handing.hand(lease)
        except Refused as error:
            if not error.of_lead and not error.message.startswith("NOT ADDED TO HOPPER"):
                self._release(held)
                raise
            self._set_aside(held, error.message)
            return
        self._book.change(replace(held, lead_id=lead.lead_id))

    def _set_aside(self, held: Held, reason: str) -> None:
        """VICIdial does not take the lead: it rests a while, so that others are claimed."""
        now = self._now()
        self._letters.put(LEAD, reason, held.customer_id, {"lease_id": held.lease_id}, now)
        self._rests.set_aside(held.customer_id, now + self._dialer.aside, now)
        self._release(held)

    def _release(self, held: Held) -> None:
        """Give a customer back to their place; a lease that ended already needs it no more."""
        self._book.end(held.customer_id)
        try:
            self._leases.release(held.lease_id, held.token, self._now())
        except StaleToken:
            return

    def _tell_ranks(self) -> None:
        """Ranks of leads that VICIdial knows, as far as they have changed, a batch at a time."""
        now = self._now()
        if not self._dialer.most_ranks or now < self._ranks_at:
            return
        head = self._waiting_leads.head(self._dialer.queue, self._dialer.most_ranks, now)
        priorities = {item.customer_id: item.priority for item in head if item.state == "ready"}
        told = 0
        for lead in self._ordered(priorities):
            if self._stopped.is_set() or told == self._dialer.ranks_batch:
                return
            told += self._handing.rank(lead, priorities.get(lead.customer_id))
        self._ranks_at = now + self._dialer.ranks_every

    def _ordered(self, priorities: Mapping[str, float]) -> list[Lead]:
        """Whose ranks there are to be told: first of those who must not be called now, then best first."""
        leads = {lead.customer_id: lead for lead in self._book.leads(list(priorities)) if lead is not None}
        leads |= {lead.customer_id: lead for lead in self._book.ranked()}
        held = self._book.held()
        there = [lead for lead in leads.values() if lead.customer_id not in held]
        return sorted(there, key=lambda lead: -priorities.get(lead.customer_id, float("inf")))

    def _lead(self, row: Waiting, customer_id: str) -> Lead:
        """The lead of a row, also where the answer that would have named it never came."""
        return self._book.lead(customer_id) or Lead(customer_id, row.lead_id, "", LOWEST)

    def _unfit(self, customer_ids: Sequence[str], now: datetime) -> set[str]:
        """Who may not be called any more, by what is known now; and whose number has changed."""
        if not customer_ids:
            return set()
        scored = self._scorer.score(customer_ids, now)
        decided = self._decider.decide(scored, Request("claim", channel=CALL, queue=self._dialer.queue), now)
        leads = self._book.leads(customer_ids)
        return {
            customer_id
            for row, customer_id in enumerate(customer_ids)
            if not decided.order[row] or not _has(scored.contacts[row], leads[row])
        }

    def _now(self) -> datetime:
        return self._clock.now()


def _has(reach: Reach | None, lead: Lead | None) -> bool:
    """Whether the number that VICIdial was given still leads to the customer, and may be dialled."""
    return reach is not None and lead is not None and line_of(lead.phone) in reach.lines
