"""What is thought of a customer: what to do next with the parts of its priority, and what is not offered and why."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from typing_extensions import TypedDict

from features.configuration import Configuration
from leads.actions.action import Action
from leads.arbitration.counterfactual import changes_of
from leads.arbitration.decisions import Decisions
from leads.reasons.decision_wording import describe_change
from leads.words.bilingual import Text
from serving.decisions.batch import RejectedAction, refused
from serving.decisions.decider import Decider
from serving.decisions.ledger import Ledger
from serving.decisions.offers import OfferedAction, offers
from serving.scoring.reasons import Reason
from serving.scoring.scorer import Scorer
from serving.scoring.scores import Scores

_OFFERS = 4


class Refusals(TypedDict):
    """A rule, in words, and the actions that it removed."""

    stage: str
    rule: str
    text: Text
    actions: list[str]


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

    def __init__(
        self, configuration: Configuration, scorer: Scorer, decider: Decider, scores: Scores, ledger: Ledger
    ) -> None:  # fmt: skip
        self._configuration = configuration
        self._scorer = scorer
        self._decider = decider
        self._scores = scores
        self._ledger = ledger

    def of(self, customer_id: str, now: datetime, explain: int = 4) -> ThoughtsAnswer:
        """Of a customer who is known."""
        scored = self._scorer.score([customer_id], now)
        decisions = self._decider.best(scored, limit=_OFFERS)
        order = [int(position) for position in decisions.order[0] if position >= 0]
        answered = self._scores.answer([customer_id], explain, now)["results"]
        return {
            "offers": [
                offer for offer in offers(self._configuration, scored.sheet, decisions, 0, order, now)
                if offer["channel"] != "none"
            ],
            "refusals": self._refusals(refused(decisions, 0)),
            "changes": self._changes(decisions, order),
            "reasons": answered[0]["reasons"] if answered else [],
        }  # fmt: skip

    def over_time(self, decision_ids: Sequence[str]) -> list[ScorePoint]:
        """The chances that decisions went by, the oldest first. decision_ids: of one customer."""
        found = [self._point(self._ledger.read(name)) for name in decision_ids]
        return sorted((point for point in found if point["scores"]), key=lambda point: point["at"])

    def _point(self, kept: dict[str, Any]) -> ScorePoint:
        scores: dict[str, float] = {}
        for name, objective in self._configuration.workspace.objectives.items():
            told = [kept["inputs"].get(column) for column in objective.score_columns]
            known = [float(value) for value in told if value is not None]
            if known:
                scores[name] = max(known)
        return {"at": kept["at"], "scores": scores}

    def _refusals(self, rejected: Sequence[RejectedAction]) -> list[Refusals]:
        """By rule, in the order of the stages; those that need a person to do something first."""
        by_rule: dict[tuple[str, str], Refusals] = {}
        for each in rejected:
            key, label = (each["stage"], each["rule"]), self._actions[each["action"]].label
            reason: Text = {"zh": each["text"]["zh"].partition("：")[2], "en": each["text"]["en"].partition(": ")[2]}
            found = by_rule.setdefault(key, {"stage": key[0], "rule": key[1], "text": reason, "actions": []})
            found["actions"].append(f"{label['zh']} · {label['en']}")
        order = {"contact": 0, "suitability": 1, "eligibility": 2, "applicability": 3}
        return sorted(by_rule.values(), key=lambda found: (order.get(found["stage"], 9), -len(found["actions"])))

    def _changes(self, decisions: Decisions, order: Sequence[int]) -> list[Text]:
        if not order:
            return []
        actions = decisions.catalogue.actions
        return [describe_change(c.part, actions[c.action]) for c in changes_of(decisions, 0, order[0])]

    @property
    def _actions(self) -> dict[str, Action]:
        return {action.name: action for action in self._configuration.catalogue.actions}
