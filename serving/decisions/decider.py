"""The decider: what to do for customers who are scored, by the catalogue and by what was learned until now."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from features.configuration import Configuration
from leads.arbitration.arms import assign
from leads.arbitration.decisions import Decisions, arbitrate
from leads.arbitration.tuning import tune
from serving.decisions.batch import DecisionBatch, Request, decide
from serving.decisions.experience import Experience
from serving.decisions.versions import digest_of
from serving.scoring.scorer import Scored


class Decider:
    """Decides for requests, queue and sweeps alike."""

    def __init__(self, configuration: Configuration, experience: Experience) -> None:
        self.configuration = configuration
        self._experience = experience

    def versions(self, models: Mapping[str, str]) -> str:
        """A name for all that decides now, with the names of these models by objective."""
        configuration, evidence = self.configuration, self._experience.evidence
        named = tuple(sorted(models.items()))
        return digest_of(named, configuration.catalogue.digest, configuration.workspace.digest, evidence.digest)

    def decide(self, scored: Scored, request: Request, now: datetime) -> DecisionBatch:
        """What to do for each of them: what chance decides is drawn."""
        return decide(self.configuration, self._experience.evidence, scored.sheet, scored.customer_ids, request, now)

    def best(self, scored: Scored, *, channel: str | None = None, limit: int = 1, hours: bool = True) -> Decisions:
        """What is worth most for each of them, by what was learned and in their arms; nothing is drawn.

        Without `hours` it is for whenever the customer may be called: the queue keeps hours, and promised callbacks
        and retries until they are due.
        """
        catalogue, ids = self.configuration.catalogue, scored.customer_ids
        assignment = assign(catalogue.experiments, ids, scored.now, self.configuration.workspace.timezone)
        tuning = tune(catalogue, self._experience.evidence, ids, assignment)
        sheet = scored.sheet if hours else scored.whenever
        return arbitrate(sheet, catalogue, scored.now, channel=channel, limit=limit, hours=hours, tuning=tuning)
