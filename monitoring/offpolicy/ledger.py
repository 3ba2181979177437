"""The ledger as a log: how another catalogue would have decided, and what that would have been worth."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

import numpy as np
import polars as pl

from features.configuration import Configuration
from leads.arbitration import Tuning, decide
from leads.catalogue import Catalogue
from leads.choosing import Chooser
from leads.errors import InvalidInput
from leads.evidence import Evidence
from leads.learning import CONTROL
from monitoring.again import ANOTHER_WORKSPACE, Reader, together
from monitoring.offpolicy.estimators import Estimate, Evaluation, evaluate, mean_estimate
from monitoring.offpolicy.log import Log
from serving.decisions.outcomes import outcomes
from serving.services import Services

_NOT_TAKEN = -1


@dataclass(frozen=True)
class PolicyValue:
    """What a policy would have earned per decision, in the workspace's currency: margins that customers brought in
    within the attribution window, with or without our doing, less the cost of the action.

    evaluation: over settled decisions that were not left to the control group. control: those that were, who earned
    without being asked anything. skipped: decisions not used, by reason.
    """

    evaluation: Evaluation
    control: Estimate | None
    skipped: Mapping[str, int]

    def document(self) -> dict[str, Any]:
        return asdict(self)


def evaluate_policy(
    services: Services, target: Configuration, since: datetime | None, until: datetime, clip: float, level: float = 0.95
) -> PolicyValue:
    """The value of deciding by the target's catalogue, on next actions that the ledger recorded.

    Only decisions under the target's own workspace are used, as its rules read those features. Raises InvalidInput
    where fewer than two decisions are left.
    """
    decided, documents = outcomes(services, since, until)
    reader = Reader(services.home, target)
    usable, skipped = _usable(decided, documents, reader)
    reward = _reward(decided)
    acted = np.array([row for row in usable if documents[row]["arm"] != CONTROL], dtype=np.intp)
    alone = np.array([row for row in usable if documents[row]["arm"] == CONTROL], dtype=np.intp)
    if len(acted) < 2:
        raise InvalidInput("ledger", len(acted), f"at least two settled decisions ({_told(skipped)})")
    chosen = [documents[row] for row in acted]
    probability, predicted = _target(target, reader, services.experience.evidence, chosen)
    taken = np.array([_position(target, document) for document in chosen])
    logged = np.array([document["choice_probability"] for document in chosen])
    log = log_of(reward[acted], logged, taken, probability, predicted)
    control = mean_estimate(reward[alone], level) if len(alone) > 1 else None
    return PolicyValue(evaluate(log, clip, level), control, skipped)


def _usable(
    decided: pl.DataFrame, documents: Sequence[Mapping[str, Any]], reader: Reader
) -> tuple[list[int], dict[str, int]]:  # fmt: skip
    """Rows that can be used, and how many cannot for which reason."""
    skipped = dict.fromkeys(("not settled", "another kind", ANOTHER_WORKSPACE, "too old"), 0)
    rows = []
    for row, (document, settled) in enumerate(zip(documents, decided["settled"].to_list(), strict=True)):
        if not settled:
            skipped["not settled"] += 1
        elif document["kind"] != "next-action" or document["request"]["channel"] is not None:
            skipped["another kind"] += 1
        elif "choice_probability" not in document:
            skipped["too old"] += 1
        elif (why := reader.unusable(document)) is not None:
            skipped[why] = skipped.get(why, 0) + 1
        else:
            rows.append(row)
    return rows, skipped


def _told(skipped: Mapping[str, int]) -> str:
    return ", ".join(f"{count} {reason}" for reason, count in skipped.items() if count) or "none was made"


def _reward(decided: pl.DataFrame) -> np.ndarray:
    """What the customer brought in, less what was spent on them."""
    return decided.select(pl.col("earned") - pl.col("cost").fill_null(0.0))["earned"].to_numpy()


def _position(target: Configuration, document: Mapping[str, Any]) -> int:
    """The place of what was done in the target's catalogue; past its end for an action it does not have, or none."""
    names = [action.name for action in target.catalogue.actions]
    name = document["chosen"][0]["action"] if document["chosen"] else None
    return names.index(name) if name in names else _NOT_TAKEN


def _target(
    target: Configuration, reader: Reader, evidence: Evidence, documents: Sequence[Mapping[str, Any]]
) -> tuple[np.ndarray, np.ndarray]:  # fmt: skip
    """(n, A + 1) with which probability the target takes each action, and what the models predict of it. The last
    column is for doing nothing at all: probability 1 where nothing is offered, and nothing gained.
    """
    actions = len(target.catalogue.actions)
    probability, predicted = np.zeros((len(documents), actions + 1)), np.zeros((len(documents), actions + 1))
    for rows in together(documents):
        part = [documents[row] for row in rows]
        now = datetime.fromisoformat(part[0]["at"])
        probability[rows, :-1], predicted[rows, :-1] = distribution(target.catalogue, evidence, reader.frame(part), now)
    probability[:, -1] = 1.0 - probability[:, :-1].sum(axis=1)
    return probability, predicted


def log_of(
    reward: np.ndarray, logged: np.ndarray, taken: np.ndarray, probability: np.ndarray, predicted: np.ndarray
) -> Log:  # fmt: skip
    """Decisions as estimators need them.

    reward, logged, taken: (n,) what came of each, with which probability it was chosen, and its column. probability,
    predicted: (n, A) of the target's choices, as `distribution` gives them.
    """
    rows = np.arange(len(taken))
    return Log(
        reward=reward,
        logged=logged,
        target=np.minimum(probability[rows, taken], 1.0),
        predicted=predicted[rows, taken],
        expected=(probability * predicted).sum(axis=1),
    )


def distribution(
    catalogue: Catalogue, evidence: Evidence, frame: pl.DataFrame, now: datetime
) -> tuple[np.ndarray, np.ndarray]:  # fmt: skip
    """(n, A) with which probability a catalogue takes each action, and what the models predict that it brings in."""
    names = [action.name for action in catalogue.actions]
    ratio = evidence.ratios(names, catalogue.learning.prior) if evidence.responses else None
    decisions = decide(frame, catalogue, now, tuning=Tuning(ratio=ratio))
    chooser = Chooser(decisions, evidence, catalogue.learning.exploration)
    probability = np.array([chooser.distribution(row) for row in range(len(frame))])
    return probability, decisions.propensity * decisions.value - decisions.cost(slice(None))
