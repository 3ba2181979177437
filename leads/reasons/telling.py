"""Reasons of a score as a colleague would give them: what speaks for or against it, in Chinese and English.

Contributions are worked out elsewhere; here they are put together by topic and said.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from operator import itemgetter

from leads.configuration.wording import GROUPS, PERSON_WEIGHT, Topic
from leads.reasons.happenings import happened
from leads.reasons.known import Fact, Known, words
from leads.reasons.person_facts import person
from leads.reasons.policy_facts import POLICY_FACTS
from leads.reasons.repertoire import Repertoire
from leads.words.bilingual import Words, article

LEAST = 0.04
"""In log-odds: what weighs less is not worth a sentence, but for the first."""

Contribution = tuple[str, float]
"""A feature, and what it adds to the log-odds of a score."""

_ADDED = itemgetter(1)


@dataclass(frozen=True)
class Strand:
    """A topic with what its features add to a score together, and the one that adds most in that direction."""

    topic: Topic
    feature: str
    contribution: float

    @property
    def weight(self) -> float:
        """How much it counts as a reason: who someone is counts less, as there is less that an agent can do."""
        return abs(self.contribution) * (PERSON_WEIGHT if self.topic.about == "person" else 1.0)


@dataclass(frozen=True)
class SpokenReason:
    """A reason. about: one of `GROUPS`. contribution: of all that says the same; feature: of that what adds most."""

    about: str
    feature: str
    contribution: float
    words: Words


def tell(
    repertoire: Repertoire, known: Known, objective: str, contributions: Iterable[Contribution], k: int
) -> list[SpokenReason]:
    """The k topics that move a score most and can be told, by what they are about: the group of the strongest first.

    What is known on a topic is said in one sentence, so that no two reasons speak of one fact. A topic is left out
    where nothing can be said, and where its direction would read absurdly, such as no interest that raises the chance.
    """
    told: list[SpokenReason] = []
    for strand in strands(repertoire, contributions, known.product):
        if len(told) == k or (told and strand.weight < LEAST):
            break
        found = fact(repertoire, known, strand.topic)
        if found is not None and sensible(strand, found, objective):
            said = found.words + _effect(known, objective, strand.contribution, found)
            told.append(SpokenReason(strand.topic.about, strand.feature, strand.contribution, said))
    return grouped(told)


def strands(repertoire: Repertoire, contributions: Iterable[Contribution], product: str | None) -> list[Strand]:
    """Contributions by topic, what weighs most first."""
    topics: dict[str, Topic] = {}
    parts: dict[str, list[Contribution]] = {}
    for name, added in contributions:
        topic = repertoire.topic(name, product) if added else None
        if topic is not None:
            topics[topic.name] = topic
            parts.setdefault(topic.name, []).append((name, added))
    found = (_strand(topics[name], own) for name, own in parts.items())
    return sorted(found, key=lambda strand: -strand.weight)


def _strand(topic: Topic, parts: Sequence[Contribution]) -> Strand:
    total = sum(map(_ADDED, parts))
    leading = (max if total > 0 else min)(parts, key=_ADDED)
    return Strand(topic, leading[0], total)


def fact(repertoire: Repertoire, known: Known, topic: Topic) -> Fact | None:
    """What is known on a topic; None where nothing is that can be said."""
    if topic.tags:
        return person(known, topic)
    of_policies = None if topic.events else POLICY_FACTS.get(topic.name)
    return happened(repertoire, known, topic) if of_policies is None else of_policies(known)


def sensible(strand: Strand, found: Fact, objective: str) -> bool:
    """Whether a fact and what it does to the chance go together: what should raise it does where it is there, and
    lowers it where it is not. That nothing happened is a reason only where something was expected of it.
    """
    expected = strand.topic.expected(objective)
    if expected is None:
        return found.there or found.static
    raises = (expected == "raises") == found.there
    return raises == (strand.contribution > 0)


def _effect(known: Known, objective: str, contribution: float, found: Fact) -> Words:
    """What it does to the chance: of the person, or as it is with people like that."""
    goal = words(known.workspace.objectives[objective].label)
    raised, a_goal = contribution > 0, f"{article(goal.en)} {goal.en}"
    if found.static:
        size = Words("偏多", "more common") if raised else Words("偏少", "less common")
        return Words(f"，这样的客户{goal.zh}的{size.zh}", f"; among customers like that {a_goal} is {size.en}")
    size = Words("更大", "more likely") if raised else Words("更小", "less likely")
    return Words(f"，{goal.zh}的机会{size.zh}", f", so {a_goal} is {size.en}")


def grouped(told: Sequence[SpokenReason]) -> list[SpokenReason]:
    """Reasons about one thing beside each other, the group of the strongest first."""
    order = sorted(GROUPS, key=lambda group: -max((abs(t.contribution) for t in told if t.about == group), default=0.0))
    return [reason for group in order for reason in told if reason.about == group]
