"""Confirmation: whoever is claimed is decided on anew, by consent, do-not-call and hours of this moment."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from features.configuration import Configuration
from leads.contact.callback import promised
from leads.contact.policy import CALL, zone_of
from serving.calls.attempt_records import hours_of, unpacked
from serving.decisions.batch import DecisionBatch, Request
from serving.decisions.decider import Decider
from serving.decisions.entries import Entries
from serving.decisions.ledger import Decision
from serving.events.halves import FAULTS, by_halves
from serving.queue.allotment import may_be_handed_out
from serving.queue.dialling import Dialling
from serving.queue.grants import Call, Grant, Kept
from serving.queue.lease import Lease, Wanted
from serving.queue.leases import Leases
from serving.queue.places import Item
from serving.queue.waiting_leads import WaitingLeads
from serving.scoring.dossiers import DossierFiles, Dossiers, Moment
from serving.scoring.scorer import Scored, Scorer

REASONS = 3
"""Reasons that a claimed item carries."""


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
        self, configuration: Configuration, files: DossierFiles, scorer: Scorer, decider: Decider, entries: Entries,
        waiting: WaitingLeads, leases: Leases,
    ) -> None:  # fmt: skip
        self._configuration = configuration
        self._files = files
        self._scorer = scorer
        self._decider = decider
        self._entries = entries
        self._waiting = waiting
        self._leases = leases

    def confirmed(self, queue: str, wanted: Wanted, leases: Sequence[Lease], now: datetime) -> Confirmed:
        """Of these leases the ones that are granted, each with the decision behind it, which nothing keeps yet."""
        if not leases:
            return NOBODY
        request = Request("claim", channel=CALL, explain=REASONS, queue=queue)
        dossiers = self._files.read([lease.customer_id for lease in leases], calls=True)
        try:
            scored, decided = self._decided(dossiers, request, now)
        except FAULTS:
            right = self._decidable(leases, dossiers, request, now)
            if len(right) == len(leases):
                raise
            return self.confirmed(queue, wanted, right, now)
        fit = self._fit(wanted, scored, decided, dossiers, now)
        self._give_back([lease for row, lease in enumerate(leases) if row not in fit], now)
        if not fit:
            return NOBODY
        made = self._entries.made(scored, decided, request, now)
        grants = [Grant(leases[row], made[row], call, self._kept(scored, row, now)) for row, call in fit.items()]
        return Confirmed(grants, made, dossiers.read_at)

    def _fit(
        self, wanted: Wanted, scored: Scored, decided: DecisionBatch, dossiers: Dossiers, now: datetime
    ) -> dict[int, Call]:
        """How those are called, by their row, who may be."""
        dialling, catalogue = Dialling(self._configuration, hours_of(dossiers.hours)), self._configuration.catalogue
        attempts = [unpacked(page or b"") for page in dossiers.attempts]
        return {
            row: Call(reach, dial)
            for row, (order, reach, tried) in enumerate(zip(decided.order, scored.contacts, attempts, strict=True))
            if order and reach is not None and may_be_handed_out(catalogue, wanted, catalogue.actions[order[0]])
            and (dial := dialling.dial(reach, tried, now)) is not None
        }  # fmt: skip

    def _decided(self, dossiers: Dossiers, request: Request, now: datetime) -> tuple[Scored, DecisionBatch]:
        scored = self._scorer.score_dossiers(dossiers, now)
        return scored, self._decider.decide(scored, request, now)

    def _decidable(self, leases: Sequence[Lease], dossiers: Dossiers, request: Request, now: datetime) -> list[Lease]:
        """Those whose customers can be scored and decided on; the others are given back."""
        right: list[Lease] = []

        def keep(rows: Sequence[int]) -> None:
            self._decided(dossiers.taken(rows), request, now)
            right.extend(leases[row] for row in rows)

        by_halves(range(len(leases)), keep, lambda row, _: self._give_back([leases[row]], now))
        return right

    def _kept(self, scored: Scored, row: int, now: datetime) -> Kept | None:
        """The promise that a call to the customer keeps, where it is due."""
        promise, reach = scored.promises[row], scored.contacts[row]
        if promise is None or promise.due > now:
            return None
        zone = zone_of(None if reach is None else reach.timezone, self._configuration.workspace.timezone)
        return Kept(promise, promised(promise.told.get("user") or promise.agent_id, promise.due.astimezone(zone), now))

    def _give_back(self, leases: Sequence[Lease], now: datetime) -> None:
        """Who may not be called leaves the queue until the worker ranks them anew."""
        if not leases:
            return
        self._waiting.put([Item(lease.customer_id, (), {}) for lease in leases], now)
        for lease in leases:
            self._leases.release(lease.id, lease.token, now)
