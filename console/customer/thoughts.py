"""What is thought of a customer: what to do next with the parts of its priority, and what is not offered and why."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from typing_extensions import TypedDict

from console.judged import Judged
from features.configuration import Configuration
from features.profiling import profiled
from leads.arbitration.counterfactual import changes_of
from leads.arbitration.decisions import Decisions
from leads.reasons.decision_wording import describe_change
from leads.words.bilingual import Text
from serving.decisions.batch import Removal, removed
from serving.decisions.ledger import Ledger
from serving.decisions.offers import OfferedAction, offers
from serving.scoring.reasons import Reason
from serving.scoring.scorer import Scorer
from serving.scoring.scores import objective_scores, score_reasons
from serving.scoring.unprofiled import without_scores


class Refusals(TypedDict):
    """A rule, in words, and the actions that it removed."""

    stage: str
    rule: str
    text: Text
    actions: list[Text]


class ThoughtsAnswer(TypedDict):
    offers: list[OfferedAction]
    refusals: list[Refusals]
    changes: list[Text]
    reasons: list[Reason]


class ScorePoint(TypedDict):
    at: str
    scores: dict[str, float]


class Thoughts:
    """Thinks about a customer without writing it down."""

    def __init__(self, configuration: Configuration, scorer: Scorer, ledger: Ledger) -> None:
        self._configuration = configuration
        self._scorer = scorer
        self._ledger = ledger

    def of(self, judged: Judged, explain: int = 4) -> ThoughtsAnswer:
        """Of a customer who was judged."""
        scored, decisions, order = judged.scored, judged.decisions, judged.order
        scores = objective_scores(self._scorer, scored)
        return {
            "offers": [
                offer for offer in offers(self._configuration, scored.sheet, decisions, 0, order, judged.now)
                if offer["channel"] != "none"
            ],
            "refusals": _refusals(removed(decisions, 0)),
            "changes": self._changes(decisions, order),
            "reasons": score_reasons(self._scorer, scored, scores, explain)[0],
        }  # fmt: skip

    def over_time(self, customer_id: str, decision_ids: Sequence[str], now: datetime) -> list[ScorePoint]:
        """The chances that decisions about a customer went by, the oldest first; none of whoever refuses profiling."""
        if not profiled(self._scorer.score([customer_id], now).sheet)[0]:
            return []
        found = [self._point(self._ledger.read(name)) for name in decision_ids]
        return sorted((point for point in found if point["scores"]), key=lambda point: point["at"])

    def _point(self, kept: dict[str, Any]) -> ScorePoint:
        scores, inputs = dict[str, float](), without_scores(kept["inputs"])
        for name, objective in self._configuration.workspace.objectives.items():
            told = [inputs.get(column) for column in objective.score_columns]
            known = [float(value) for value in told if value is not None]
            if known:
                scores[name] = max(known)
        return {"at": kept["at"], "scores": scores}

    def _changes(self, decisions: Decisions, order: Sequence[int]) -> list[Text]:
        if not order:
            return []
        actions = decisions.catalogue.actions
        return [describe_change(c.part, actions[c.action]) for c in changes_of(decisions, 0, order[0])]


_STAGES = {"contact": 0, "suitability": 1, "eligibility": 2, "applicability": 3}


def _refusals(removals: Sequence[Removal]) -> list[Refusals]:
    """By rule, in the order of the stages; those that need a person to do something first."""
    by_rule: dict[tuple[str, str], Refusals] = {}
    for each in removals:
        stage, rule = each.stage, each.rule.name
        found = by_rule.setdefault((stage, rule), {"stage": stage, "rule": rule, "text": each.meaning, "actions": []})
        found["actions"].append(each.action.label)
    return sorted(by_rule.values(), key=lambda found: (_STAGES.get(found["stage"], 9), -len(found["actions"])))
