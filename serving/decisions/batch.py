"""A decision and its document: one function of sheet, catalogue, evidence and request, for requests and replays."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any

import numpy as np
from typing_extensions import TypedDict

from features.configuration import Configuration
from leads.actions.action import Action
from leads.actions.catalogue import Catalogue
from leads.arbitration.arms import Assignment, assign
from leads.arbitration.choosing import Choice, Chooser
from leads.arbitration.counterfactual import changes_of
from leads.arbitration.decisions import Decisions, arbitrate
from leads.arbitration.evidence import Evidence
from leads.arbitration.tuning import marginal, tune
from leads.configuration.rules import Rule
from leads.contact.policy import CALL
from leads.reasons.decision_wording import describe_change, describe_rule, meaning_of
from leads.sheet.sheet import Sheet
from leads.words.bilingual import Text
from serving.store.words import ALL


@dataclass(frozen=True)
class Request:
    """What was asked for. `queue`: the one it was claimed from."""

    kind: str
    channel: str | None = None
    limit: int = 1
    explain: int = 0
    queue: str | None = None

    @property
    def document(self) -> dict[str, Any]:
        return {"channel": self.channel, "limit": self.limit, "queue": self.queue}


@dataclass(frozen=True)
class DecisionBatch:
    """Decisions for n customers. order: positions of the actions offered to each, the chosen one first; none for
    those of the control group. evidence: what was learned by then. among: the only actions that could be chosen, None
    for all.
    """

    evidence: Evidence
    decisions: Decisions
    assignment: Assignment
    choices: Sequence[Choice]
    order: Sequence[Sequence[int]]
    among: Sequence[int] | None = None

    def marginal(self) -> list[float]:
        """With which probability each customer got this, over all that chance decided
        (`leads.arbitration.tuning.marginal`).
        """
        done = [positions[0] if positions else -1 for positions in self.order]
        return marginal(self.decisions.catalogue, self.evidence, self.decisions, self.assignment, done, self.among)

    def probability(self, row: int) -> float:
        """With which the customer got this: to be in the arm, and for its choice."""
        share = self.assignment.share(row)
        return share if self.assignment.controlled(row) else share * self.choices[row].probability


def decide(
    configuration: Configuration, evidence: Evidence, sheet: Sheet, customer_ids: Sequence[str],
    request: Request, now: datetime,
) -> DecisionBatch:  # fmt: skip
    """Decide for each row of a sheet with scores."""
    catalogue = configuration.catalogue
    assignment = assign(catalogue.experiments, customer_ids, now, configuration.workspace.timezone)
    tuning = tune(catalogue, evidence, customer_ids, assignment)
    decisions = arbitrate(sheet, catalogue, now, channel=request.channel, limit=request.limit, tuning=tuning)
    among = _among(catalogue, request.queue)
    choosers = [Chooser(decisions, evidence, share) for share in assignment.explorations]
    choices = [
        choosers[assignment.arm[row]].choose(row, customer_id, now, among)
        for row, customer_id in enumerate(customer_ids)
    ]
    order = [
        [] if assignment.controlled(row) else _order(decisions, row, choice, request, among)
        for row, choice in enumerate(choices)
    ]
    return DecisionBatch(evidence, decisions, assignment, choices, order, among)


def _among(catalogue: Catalogue, queue: str | None) -> tuple[int, ...] | None:
    """The actions that a queue is about; None for all there are."""
    return None if queue is None else catalogue.actions.positions(None if queue == ALL else queue, CALL)


def _order(
    decisions: Decisions, row: int, choice: Choice, request: Request, among: Sequence[int] | None
) -> list[int]:  # fmt: skip
    """The choice, and after it what is worth most."""
    if choice.action < 0:
        return []
    others = [] if among is not None else [int(p) for p in decisions.order[row] if p >= 0 and p != choice.action]
    return [choice.action, *others][: request.limit]


class ChangedAction(TypedDict):
    part: str
    action: str
    text: Text


def shown_changes(made: DecisionBatch, row: int) -> list[ChangedAction]:
    """What would come first without one part of the priority, in words too; nothing where the choice was drawn."""
    if not made.order[row] or made.choices[row].explored:
        return []
    actions = made.decisions.catalogue.actions
    return [
        {"part": change.part, "action": actions[change.action].name,
         "text": describe_change(change.part, actions[change.action])}
        for change in changes_of(made.decisions, row, made.order[row][0])
    ]  # fmt: skip


class RejectedAction(TypedDict):
    action: str
    stage: str
    rule: str
    text: Text


@dataclass(frozen=True)
class Removal:
    """An action that a rule of a stage removed, and what the rule means in words."""

    action: Action
    stage: str
    rule: Rule
    meaning: Text


def refused(decisions: Decisions, row: int) -> list[RejectedAction]:
    """Per action not offered the stage and rule that removed it, in words too."""
    return refused_by(decisions.catalogue, decisions.rejected[row])


def refused_by(catalogue: Catalogue, codes: np.ndarray) -> list[RejectedAction]:
    """The same from a row of `Decisions.rejected`."""
    return [_refused(catalogue, position, index) for position, index in enumerate(codes.tolist()) if index]


def removed(decisions: Decisions, row: int) -> list[Removal]:
    """The same for who groups them by rule: what a rule means stands apart from the action."""
    codes = decisions.rejected[row].tolist()
    return [_removal(decisions.catalogue, position, index) for position, index in enumerate(codes) if index]


@lru_cache(maxsize=10_000)
def _refused(catalogue: Catalogue, position: int, index: int) -> RejectedAction:
    """The same for every customer, so worked out once."""
    action, refusal = catalogue.actions[position], catalogue.refusals.all[index - 1]
    text = describe_rule(action, refusal.stage, refusal.rule)
    return {"action": action.name, "stage": refusal.stage, "rule": refusal.rule.name, "text": text}


@lru_cache(maxsize=10_000)
def _removal(catalogue: Catalogue, position: int, index: int) -> Removal:
    action, refusal = catalogue.actions[position], catalogue.refusals.all[index - 1]
    return Removal(action, refusal.stage, refusal.rule, meaning_of(action, refusal.stage, refusal.rule))
