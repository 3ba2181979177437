"""Decisions on leads, as a claim asks for them: what is offered in a call, and at which number they are called."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from features.configuration import Configuration
from leads.contact.callback import promised
from leads.contact.policy import CALL, zone_of
from serving.calls.attempt_records import hours_of
from serving.decisions.batch import DecisionBatch, Request
from serving.decisions.decider import Decider
from serving.decisions.entries import Entries
from serving.decisions.ledger import Decision
from serving.queue.dialling import Dialling
from serving.queue.grants import Call, Kept
from serving.scoring.dossiers import Dossiers
from serving.scoring.scorer import Scored, Scorer

REASONS = 3
"""Reasons that a claimed item carries."""


@dataclass(frozen=True)
class DecidedLeads:
    """What was decided for n customers. calls: by row, how those are called now who may be and are offered a call."""

    request: Request
    scored: Scored
    batch: DecisionBatch
    calls: Mapping[int, Call]

    def action(self, row: int) -> int:
        """The position of the action that was chosen for somebody who is called."""
        return self.batch.order[row][0]


class LeadDecisions:
    """Decides on leads by what is kept of them."""

    def __init__(self, configuration: Configuration, scorer: Scorer, decider: Decider, entries: Entries) -> None:
        self._configuration = configuration
        self._scorer = scorer
        self._decider = decider
        self._entries = entries

    @property
    def versions(self) -> str:
        """A name for all that decides now."""
        return self._decider.versions(self._scorer.models.names)

    def scored(self, dossiers: Dossiers, now: datetime) -> Scored:
        """Customers with their scores."""
        return self._scorer.score_dossiers(dossiers, now)

    def decided(self, queue: str, scored: Scored, dossiers: Dossiers) -> DecidedLeads:
        """What to do for those who stand in a queue. dossiers: of the same customers, with what came of calls."""
        request = Request("claim", channel=CALL, explain=REASONS, queue=queue)
        batch = self._decider.decide(scored, request, scored.now)
        return DecidedLeads(request, scored, batch, self._calls(scored, batch, dossiers))

    def entries(self, leads: DecidedLeads) -> list[Decision]:
        """The decisions with their reasons, which nothing keeps yet; one for each customer."""
        return self._entries.made(leads.scored, leads.batch, leads.request, leads.scored.now)

    def kept(self, leads: DecidedLeads, row: int) -> Kept | None:
        """The promise that a call to the customer keeps, where it is due."""
        scored = leads.scored
        promise, reach, now = scored.promises[row], scored.contacts[row], scored.now
        if promise is None or promise.due > now:
            return None
        zone = zone_of(None if reach is None else reach.timezone, self._configuration.workspace.timezone)
        return Kept(
            promise, promised(promise.details.get("user") or promise.agent_id, promise.due.astimezone(zone), now)
        )

    def _calls(self, scored: Scored, batch: DecisionBatch, dossiers: Dossiers) -> dict[int, Call]:
        dialling = Dialling(self._configuration, hours_of(dossiers.hours), dossiers.behind)
        rows: Sequence[int] = [row for row, order in enumerate(batch.order) if order]
        return {
            row: Call(reach, dial)
            for row in rows
            if (reach := scored.contacts[row]) is not None
            and (dial := dialling.dial(reach, dialling.attempts(dossiers.attempts[row]), scored.now)) is not None
        }
