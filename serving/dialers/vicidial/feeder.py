"""The feeder: keeps a VICIdial's hopper filled with leads that are leased to it, and with no others."""

from __future__ import annotations

from serving.clock import Clock
from serving.dialers.vicidial.clearing import Clearing
from serving.dialers.vicidial.filling import Filling
from serving.dialers.vicidial.held_leads import HeldLeads
from serving.dialers.vicidial.hopper import Hopper
from serving.dialers.vicidial.lost_outcomes import LostOutcomes
from serving.dialers.vicidial.rank_telling import RankTelling


class Feeder:
    """One round after another. A round raises Unavailable or Refused; what it has done until then is noted."""

    def __init__(
        self, clock: Clock, hopper: Hopper, clearing: Clearing, held_leads: HeldLeads, outcomes: LostOutcomes,
        filling: Filling, ranks: RankTelling,
    ) -> None:  # fmt: skip
        self._clock = clock
        self._hopper = hopper
        self._clearing = clearing
        self._held_leads = held_leads
        self._outcomes = outcomes
        self._filling = filling
        self._ranks = ranks

    def round(self) -> None:
        """Look at the hopper, keep its leases, take out what must not be called, fill it, and tell ranks."""
        now = self._clock.now
        self._outcomes.go_on(now())
        waiting = self._hopper.waiting()
        self._clearing.clear(waiting)
        self._clearing.check(waiting, now())
        self._held_leads.renew(now())
        self._outcomes.ask(waiting, now())
        self._filling.fill(waiting, now())
        self.tell_ranks()

    def tell_ranks(self) -> None:
        """Where it is time, tell the order of the leads that VICIdial knows."""
        self._ranks.tell(self._clock.now())

    def give_back(self) -> None:
        """Take everything out of the hopper and release it. Leads on a call stay leased: their outcome ends it."""
        self._clearing.give_back(self._hopper.waiting())
