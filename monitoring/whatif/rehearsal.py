"""What if: the ledger's decisions made again by a changed catalogue, before it goes live, and what that would move."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from features.configuration import Configuration
from features.home import Home
from leads.actions.action import WAIT, Action
from leads.actions.valuation import UPLIFT
from leads.arbitration.decisions import Decisions
from leads.arbitration.evidence import Evidence
from leads.errors import InvalidInput, NotFound
from leads.reasons.decision_wording import meaning_of
from monitoring.whatif.comparison import Comparison, Done, Loss, Turn, compared
from monitoring.whatif.ledger_inputs import Document, Reader, together
from serving.decisions.batch import DecisionBatch, Request, decide
from serving.decisions.experience import Experience
from serving.decisions.outcomes import Outcomes

EVIDENCE_GONE = "its evidence was not kept"

OUTRANKED = Loss("priority", "outranked", {"zh": "其他动作的优先级更高", "en": "another action comes first"})
GONE = Loss("catalogue", "gone", {"zh": "新目录中没有这个动作", "en": "the changed catalogue does not have it"})
CONTROLLED = Loss("arm", "control", {"zh": "客户被分入对照组", "en": "the customer is in the control group"})


def what_if(
    home: Home, outcomes: Outcomes, experience: Experience, target: Configuration, since: datetime | None,
    until: datetime, sample: int, progress: Callable[..., None] | None = None,
) -> Comparison:  # fmt: skip
    """The recorded decisions since a time beside those of the target, from the same inputs, evidence and draws.

    sample: how many of those who lose an action are named. Decisions whose inputs do not tell what the target's rules
    ask are left out, and counted by what is missing. Raises InvalidInput where none is left.
    """
    documents = outcomes.documents(since, until)
    again = _Again(home, experience, target)
    usable, skipped = again.sorted_out(documents)
    if not usable:
        told = "; ".join(f"{count} left out: {why}" for why, count in skipped.items()) or "none was made"
        raise InvalidInput("ledger", 0, f"at least one decision that can be made again ({told})")
    turns: list[Turn] = []
    for rows in together(usable, "catalogue", "evidence", "kind", "request"):
        turns += again.turns([usable[row] for row in rows])
        if progress is not None:
            progress(f"{len(turns):,} of {len(usable):,} decisions", len(turns) / len(usable))
    return compared(turns, target.catalogue.actions, skipped, sample)


class _Again:
    """Decides documents again."""

    def __init__(self, home: Home, experience: Experience, target: Configuration) -> None:
        self._experience = experience
        self._target = target
        self._reader = Reader(home, target)
        self._evidence: dict[str, Evidence | None] = {}
        self._drawing: dict[str, Configuration] = {}

    def sorted_out(self, documents: Sequence[Document]) -> tuple[list[Document], dict[str, int]]:
        """What can be decided again, and how many cannot for which reason."""
        usable, skipped = [], dict[str, int]()
        for document in documents:
            why = self._reader.unusable(document)
            if why is None and self._learned(document) is None:
                why = EVIDENCE_GONE
            if why is None:
                usable.append(document)
            else:
                skipped[why] = skipped.get(why, 0) + 1
        return usable, skipped

    def turns(self, documents: Sequence[Document]) -> Iterator[Turn]:
        """Documents that agree in all that a decision rests on but the customer."""
        first = documents[0]
        asked, learned, then = first["request"], self._learned(first), self._reader.then(first)
        if learned is None or then is None:
            raise ValueError("documents that `sorted_out` left out")
        made = decide(
            self._drawing_as(first["catalogue"]),
            learned,
            self._reader.sheet(documents),
            [document["customer_id"] for document in documents],
            Request(first["kind"], asked["channel"], asked["limit"], queue=asked["queue"]),
            datetime.fromisoformat(first["at"]),
        )
        for row, document in enumerate(documents):
            before, after = _recorded(then, document), _now(made, row)
            lost = before is not None and (after is None or after.action.name != before.action.name)
            yield Turn(
                decision_id=document["id"],
                customer_id=document["customer_id"],
                before=before,
                after=after,
                loss=_loss(made, row, before.action.name) if lost and before is not None else None,
            )

    def _learned(self, document: Document) -> Evidence | None:
        """What was learned by then; None where it is gone."""
        digest = document.get("evidence")
        if digest not in self._evidence:
            try:
                self._evidence[str(digest)] = self._experience.of(str(digest))
            except NotFound:
                self._evidence[str(digest)] = None
        return self._evidence[str(digest)]

    def _drawing_as(self, digest: str) -> Configuration:
        """The target that draws as the catalogue of that digest did: what was drawn otherwise is no change."""
        if digest not in self._drawing:
            catalogue = replace(self._target.catalogue, digest=digest)
            self._drawing[digest] = replace(self._target, catalogue=catalogue)
        return self._drawing[digest]


def _recorded(then: Configuration, document: Document) -> Done | None:
    """What was done, by the catalogue of then."""
    if not document["chosen"]:
        return None
    offer: Mapping[str, Any] = document["chosen"][0]
    action = then.catalogue.actions.named(offer["action"])
    if action is None:
        return None
    counted, chance = offer["context"] if offer.get("valued_by") == UPLIFT else 1.0, offer["propensity"]
    if chance is None:
        column = then.catalogue.actions.score_column(action)
        chance = document["inputs"].get(column) or 0.0
    return _done(action, chance * counted, offer["value"], offer["cost"])


def _now(made: DecisionBatch, row: int) -> Done | None:
    """What would be done; None for nothing."""
    if not made.order[row]:
        return None
    position = made.order[row][0]
    action, parts = made.decisions.catalogue.actions[position], made.decisions.parts(row, position)
    counted = parts.context if made.decisions.by_effect(row)[position] else 1.0
    return _done(action, parts.propensity * counted, parts.value, parts.cost)


def _done(action: Action, chance: float, value: float, cost: float) -> Done | None:
    """An action with what it is expected to bring; None where it is to wait. chance: what counts of the propensity."""
    return None if action.name == WAIT else Done(action, chance * value - cost)


def _loss(made: DecisionBatch, row: int, name: str) -> Loss:
    """Why an action is not done any more."""
    decisions: Decisions = made.decisions
    names = [action.name for action in decisions.catalogue.actions]
    if name not in names:
        return GONE
    if made.assignment.controlled(row):
        return CONTROLLED
    position = names.index(name)
    refusal = decisions.refusal(row, position)
    if refusal is None:
        return OUTRANKED
    meaning = meaning_of(decisions.catalogue.actions[position], refusal.stage, refusal.rule)
    return Loss(refusal.stage, refusal.rule.name, meaning)
