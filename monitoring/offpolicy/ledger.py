"""The ledger as a log: how another catalogue would have decided, and what that would have been worth."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

import numpy as np
import polars as pl

from features.configuration import Configuration
from features.home import Home
from leads.actions.learning import CONTROL
from leads.errors import InvalidInput
from monitoring.offpolicy.distribution import aligned, distribution, logging
from monitoring.offpolicy.estimators import Estimate, Evaluation, evaluate, mean_estimate
from monitoring.offpolicy.log import Log, Overlap
from monitoring.whatif.ledger_inputs import ANOTHER_WORKSPACE, Reader, together
from serving.decisions.experience import Experience
from serving.decisions.outcomes import Outcomes

EVIDENCE_GONE = "its evidence was not kept"


@dataclass(frozen=True)
class PolicyValue:
    """What a policy would have earned per decision, in the workspace's currency: margins that customers brought in
    within the attribution window, with or without our doing, less the cost of the action.

    evaluation: over all settled decisions, those of the control group among them: they alone tell, in most logs, what
    comes of doing nothing. control: those alone. skipped: decisions not used, by reason.
    """

    evaluation: Evaluation
    control: Estimate | None
    skipped: Mapping[str, int]

    def document(self) -> dict[str, Any]:
        return asdict(self)


def evaluate_policy(
    home: Home, outcomes: Outcomes, experience: Experience, target: Configuration, since: datetime | None,
    until: datetime, clip: float = np.inf, level: float = 0.95,
) -> PolicyValue:  # fmt: skip
    """The value of deciding by the target's catalogue, on next actions that the ledger recorded: of its usual arm, with
    the ramps of its new actions, by the evidence that each decision rested on.

    Only decisions under the target's own workspace are used, as its rules read those features. Raises InvalidInput
    where fewer than two decisions are left.
    """
    decided, documents = outcomes.between(since, until)
    reader = Reader(home, target)
    usable, skipped = _usable(decided, documents, reader, experience)
    if len(usable) < 2:
        raise InvalidInput("ledger", len(usable), f"at least two settled decisions ({_told(skipped)})")
    reward, chosen = _reward(decided)[usable], [documents[row] for row in usable]
    probability, predicted = _target(target, reader, experience, chosen)
    taken = np.array([_column(target, document) for document in chosen])
    logged = np.array([document["marginal_probability"] for document in chosen])
    could = _logging(target, reader, home, experience, chosen)
    again = np.allclose(could[np.arange(len(taken)), taken], logged, rtol=1e-6)
    log = log_of(reward, logged, taken, probability, predicted, could if again else None)
    alone = reward[[document["arm"] == CONTROL for document in chosen]]
    control = mean_estimate(alone, level) if len(alone) > 1 else None
    return PolicyValue(evaluate(log, clip, level), control, skipped)


def _usable(
    decided: pl.DataFrame, documents: Sequence[Mapping[str, Any]], reader: Reader, experience: Experience
) -> tuple[list[int], dict[str, int]]:  # fmt: skip
    """Rows that can be used, and how many cannot for which reason."""
    skipped = dict.fromkeys(("not settled", "another kind", ANOTHER_WORKSPACE, "too old"), 0)
    kept: dict[str, bool] = {}
    rows = []
    for row, (document, over) in enumerate(zip(documents, decided["over"].to_list(), strict=True)):
        if not over:
            skipped["not settled"] += 1
        elif document["kind"] != "next-action" or document["request"]["channel"] is not None:
            skipped["another kind"] += 1
        elif "marginal_probability" not in document:
            skipped["too old"] += 1
        elif not kept.setdefault(document["evidence"], experience.has(document["evidence"])):
            skipped[EVIDENCE_GONE] = skipped.get(EVIDENCE_GONE, 0) + 1
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


def _column(target: Configuration, document: Mapping[str, Any]) -> int:
    """Where what was done stands in the target's probabilities: its action, then doing nothing, and last an action that
    the target does not have.
    """
    names = [action.name for action in target.catalogue.actions]
    if not document["chosen"]:
        return len(names)
    name = document["chosen"][0]["action"]
    return names.index(name) if name in names else len(names) + 1


def _target(
    target: Configuration, reader: Reader, experience: Experience, documents: Sequence[Mapping[str, Any]]
) -> tuple[np.ndarray, np.ndarray]:  # fmt: skip
    """(n, A + 2) with which probability the target takes each action, and what the models predict of it. The last two
    columns are for doing nothing, which gains nothing, and for what the target does not have: probability 0.
    """
    actions = len(target.catalogue.actions)
    probability, predicted = np.zeros((len(documents), actions + 2)), np.zeros((len(documents), actions + 2))
    for rows in together(documents, "evidence"):
        part = [documents[row] for row in rows]
        now, evidence = datetime.fromisoformat(part[0]["at"]), experience.of(part[0]["evidence"])
        sheet = reader.sheet(part)
        probability[rows, :actions], predicted[rows, :actions] = distribution(target.catalogue, evidence, sheet, now)
    probability[:, actions] = 1.0 - probability[:, :actions].sum(axis=1)
    return probability, predicted


def _logging(
    target: Configuration, reader: Reader, home: Home, experience: Experience, documents: Sequence[Mapping[str, Any]]
) -> np.ndarray:  # fmt: skip
    """(n, A + 2) with which probability the policy that logged took each of the target's actions, did nothing, or did
    what the target does not have; worked out again from the configuration and the evidence of then.
    """
    names = [action.name for action in target.catalogue.actions]
    found = np.zeros((len(documents), len(names) + 2))
    readers: dict[str, Reader] = {}
    for rows in together(documents, "evidence", "catalogue"):
        part = [documents[row] for row in rows]
        then, now = reader.then(part[0]) or target, datetime.fromisoformat(part[0]["at"])
        own = readers.setdefault(then.catalogue.digest, Reader(home, then))
        likely = logging(then, experience.of(part[0]["evidence"]), own.sheet(part), now)
        found[rows] = aligned(likely, [action.name for action in then.catalogue.actions], names)
    return found


def log_of(
    reward: np.ndarray, logged: np.ndarray, taken: np.ndarray, probability: np.ndarray, predicted: np.ndarray,
    could: np.ndarray | None = None,
) -> Log:  # fmt: skip
    """Decisions as estimators need them.

    reward, logged, taken: (n,) what came of each, with which probability it was chosen, and its column. probability,
    predicted: (n, A) of the target's choices, as `distribution` gives them. could: (n, A) with which probability the
    policy that logged took each; None where that is not known.
    """
    rows = np.arange(len(taken))
    return Log(
        reward=reward,
        logged=logged,
        target=np.minimum(probability[rows, taken], 1.0),
        predicted=predicted[rows, taken],
        expected=(probability * predicted).sum(axis=1),
        overlap=None if could is None else Overlap(could, probability),
    )
