"""Confirmation: whoever is claimed is decided on anew, by consent, do-not-call and hours of this moment."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from features.configuration import Configuration
from leads.contact.callback import promised
from leads.contact.policy import CALL, zone_of
from serving.calls.attempt_records import AttemptRecords
from serving.decisions.batch import DecisionBatch, Request
from serving.decisions.decider import Decider
from serving.decisions.entries import Entries
from serving.events.halves import FAULTS, by_halves
from serving.queue.allotment import may_be_handed_out
from serving.queue.dialling import Dialling
from serving.queue.grants import Call, Grant, Kept
from serving.queue.lease import Lease, Wanted
from serving.queue.leases import Leases
from serving.queue.places import Item
from serving.queue.waiting_leads import WaitingLeads
from serving.scoring.scorer import Scored, Scorer

REASONS = 3
"""Reasons that a claimed item carries."""

REASONS = 3
"""Reasons that a claimed item carries."""


class Confirmation:
    """Grants those who may be called now; all others go back."""

    def __init__(
        self, configuration: Configuration, scorer: Scorer, decider: Decider, attempt_records: AttemptRecords,
        entries: Entries, waiting: WaitingLeads, leases: Leases,
    ) -> None:  # fmt: skip
        self._configuration = configuration
        self._scorer = scorer
        self._decider = decider
        self._attempt_records = attempt_records
        self._entries = entries
        self._waiting = waiting
        self._leases = leases

    def confirmed(self, queue: str, wanted: Wanted, leases: Sequence[Lease], now: datetime) -> list[Grant]:
        """Of these leases the ones that are granted, each with the decision behind it."""
        if not leases:
            return []
        request = Request("claim", channel=CALL, explain=REASONS, queue=queue)
        try:
            scored, decided = self._decided(leases, request, now)
        except FAULTS:
            right = self._decidable(leases, request, now)
            if len(right) == len(leases):
                raise
            return self.confirmed(queue, wanted, right, now)
        dialling = Dialling(self._configuration, self._attempt_records.hours())
        attempts = self._attempt_records.attempts(scored.customer_ids)
        catalogue = self._configuration.catalogue
        fit = {
            row: Call(reach, dial)
            for row, (order, reach, tried) in enumerate(zip(decided.order, scored.contacts, attempts, strict=True))
            if order and reach is not None and may_be_handed_out(catalogue, wanted, catalogue.actions[order[0]])
            and (dial := dialling.dial(reach, tried, now)) is not None
        }  # fmt: skip
        self._give_back([lease for row, lease in enumerate(leases) if row not in fit], now)
        if not fit:
            return []
        made = self._entries.enter(scored, decided, request, now)
        return [Grant(leases[row], made[row], call, self._kept(scored, row, now)) for row, call in fit.items()]

    def _decided(self, leases: Sequence[Lease], request: Request, now: datetime) -> tuple[Scored, DecisionBatch]:
        scored = self._scorer.score([lease.customer_id for lease in leases], now)
        return scored, self._decider.decide(scored, request, now)

    def _decidable(self, leases: Sequence[Lease], request: Request, now: datetime) -> list[Lease]:
        """Those whose customers can be scored and decided on; the others are given back."""
        right: list[Lease] = []

        def keep(part: Sequence[Lease]) -> None:
            self._decided(part, request, now)
            right.extend(part)

        by_halves(leases, keep, lambda lease, _: self._give_back([lease], now))
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
