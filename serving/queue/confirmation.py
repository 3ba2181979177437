"""Confirmation: whoever is claimed is decided on anew, by consent, do-not-call and hours of this moment."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from leads.actions.catalogue import Catalogue
from serving.decisions.ledger import Decision
from serving.events.fault_isolation import FAULTS, isolating_faults
from serving.queue.allotment import may_be_handed_out
from serving.queue.grants import Call, Grant
from serving.queue.lead_decisions import DecidedLeads, LeadDecisions
from serving.queue.lease import Lease, Wanted
from serving.queue.leases import Leases
from serving.queue.places import Item
from serving.queue.waiting_leads import WaitingLeads
from serving.scoring.dossiers import DossierFiles, Dossiers, Moment


@dataclass(frozen=True)
class Confirmed:
    """Who is granted, and all that was decided on the way. read_at: when that was, where a worker keeps the time."""

    grants: Sequence[Grant]
    decided: Sequence[Decision]
    read_at: Moment | None


NOBODY = Confirmed((), (), None)


class Confirmation:
    """Grants those who may be called now; all others go back."""

    def __init__(
        self, catalogue: Catalogue, files: DossierFiles, decisions: LeadDecisions, waiting: WaitingLeads,
        leases: Leases,
    ) -> None:  # fmt: skip
        self._catalogue = catalogue
        self._files = files
        self._decisions = decisions
        self._waiting = waiting
        self._leases = leases

    def confirmed(self, queue: str, wanted: Wanted, leases: Sequence[Lease], now: datetime) -> Confirmed:
        """Of these leases the ones that are granted, each with the decision behind it, which nothing keeps yet."""
        if not leases:
            return NOBODY
        dossiers = self._files.read([lease.customer_id for lease in leases], calls=True)
        try:
            decided = self._decided(queue, dossiers, now)
        except FAULTS:
            right = self._decidable(queue, leases, dossiers, now)
            if len(right) == len(leases):
                raise
            return self.confirmed(queue, wanted, right, now)
        fit = self._fit(wanted, decided)
        self._give_back([lease for row, lease in enumerate(leases) if row not in fit], now)
        if not fit:
            return NOBODY
        made = self._decisions.entries(decided)
        grants = [Grant(leases[row], made[row], call, self._decisions.kept(decided, row)) for row, call in fit.items()]
        return Confirmed(grants, made, dossiers.read_at)

    def _fit(self, wanted: Wanted, decided: DecidedLeads) -> dict[int, Call]:
        """How those are called, by their row, who may be."""
        actions = self._catalogue.actions
        return {
            row: call
            for row, call in decided.calls.items()
            if may_be_handed_out(self._catalogue, wanted, actions[decided.action(row)])
        }

    def _decided(self, queue: str, dossiers: Dossiers, now: datetime) -> DecidedLeads:
        return self._decisions.decided(queue, self._decisions.scored(dossiers, now), dossiers)

    def _decidable(self, queue: str, leases: Sequence[Lease], dossiers: Dossiers, now: datetime) -> list[Lease]:
        """Those whose customers can be scored and decided on; the others are given back."""
        right: list[Lease] = []

        def keep(rows: Sequence[int]) -> None:
            self._decided(queue, dossiers.taken(rows), now)
            right.extend(leases[row] for row in rows)

        isolating_faults(range(len(leases)), keep, lambda row, _: self._give_back([leases[row]], now))
        return right

    def _give_back(self, leases: Sequence[Lease], now: datetime) -> None:
        """Who may not be called leaves the queue until the worker ranks them anew."""
        if not leases:
            return
        self._waiting.put([Item(lease.customer_id, (), {}) for lease in leases], now)
        for lease in leases:
            self._leases.release(lease.id, lease.token, now)
