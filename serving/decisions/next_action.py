"""Answers to /next-action: what to do for each customer, why, and why not the rest. The ledger keeps all."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Annotated

from typing_extensions import TypedDict

from features.profiling import profiled
from leads.errors import InvalidInput
from serving.calls.promise import PromiseAnswer, promise_body
from serving.clock import written
from serving.decisions.batch import ChangedAction, RejectedAction, Request, shown_changes
from serving.decisions.decider import Decider
from serving.decisions.entries import Entries
from serving.decisions.offers import OfferedAction
from serving.meaning import Means, Time
from serving.scoring.degradation import Degradation
from serving.scoring.dossiers import Dossiers
from serving.scoring.known_customers import FAILED, KnownCustomers
from serving.scoring.scorer import Scorer, ages
from serving.scoring.unprofiled import REFUSED

VALID = timedelta(minutes=15)
"""How long an answer may be acted on without asking again."""


class NextActionResult(TypedDict):
    customer_id: str
    decision_id: str
    actions: list[OfferedAction]
    rejected: Annotated[list[RejectedAction], Means("what was not offered, by which rule; none with `explain: 0`")]
    promise: Annotated[PromiseAnswer | None, Means("the callback that they were promised")]
    changes: Annotated[list[ChangedAction], Means("what would come first without one part of the priority")]
    arm: str
    selection_probability: float
    valid_until: Time
    degraded: bool
    profiled: Annotated[bool, Means(REFUSED)]


class NextActionAnswer(TypedDict):
    results: list[NextActionResult]
    unknown: list[str]
    failed: Annotated[list[str], Means(FAILED)]


class NextActions:
    """Answers for customers who are asked for."""

    def __init__(
        self,
        known_customers: KnownCustomers,
        scorer: Scorer,
        decider: Decider,
        entries: Entries,
        degradation: Degradation,
    ) -> None:
        self._known_customers = known_customers
        self._scorer = scorer
        self._decider = decider
        self._entries = entries
        self._degradation = degradation

    def answer(self, customer_ids: Sequence[str], request: Request, now: datetime) -> NextActionAnswer:
        """The body of the answer; the decisions, with what was rejected, are in the ledger when it is given."""
        self._check_channel(request.channel)
        found = self._known_customers.find(customer_ids)
        answered = self._known_customers.answered(found, lambda dossiers: self._results(dossiers, request, now))
        return {"results": answered.results, "unknown": answered.unknown, "failed": answered.failed}

    def _results(self, dossiers: Dossiers, request: Request, now: datetime) -> list[NextActionResult]:
        scored = self._scorer.score_dossiers(dossiers, now)
        made = self._decider.decide(scored, request, now)
        recorded = self._entries.enter(scored, made, request, now)
        late, until, old = self._degradation.everywhere(), written(now + VALID), ages(scored)
        allowed = profiled(scored.sheet).tolist()
        return [
            {
                "customer_id": decision.customer_id,
                "decision_id": decision.id,
                "actions": decision.chosen,
                "rejected": decision.rejected if request.explain else [],
                "changes": shown_changes(made, row) if request.explain else [],
                "promise": promise_body(scored.promises[row]),
                "arm": decision.arm,
                "selection_probability": decision.selection_probability,
                "valid_until": until,
                "degraded": late or self._degradation.too_old(old[row]),
                "profiled": allowed[row],
            }
            for row, decision in enumerate(recorded)
        ]

    def _check_channel(self, channel: str | None) -> None:
        channels = sorted({action.channel for action in self._decider.configuration.catalogue.actions})
        if channel is not None and channel not in channels:
            raise InvalidInput("channel", channel, f"one of {', '.join(channels)}")
