"""Why an action that pursues no prediction is offered: the situation that its conditions and its context speak of."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from math import floor
from typing import Any

from leads.actions.action import Action
from leads.actions.catalogue import Catalogue
from leads.reasons.known import Known
from leads.reasons.known import words as in_words
from leads.reasons.repertoire import Repertoire
from leads.reasons.telling import fact
from leads.words.bilingual import Words


@dataclass(frozen=True)
class Circumstance:
    """A column that the action's conditions or context read, its value, and a sentence of it in both languages."""

    about: str
    feature: str
    value: Any
    words: Words


def situation(repertoire: Repertoire, catalogue: Catalogue, action: Action, known: Known) -> Iterator[Circumstance]:
    """What is known of a customer among what the action asks for, conditions first, each thing once; what is missing,
    and what never happened, is passed over, and so are columns without a meaning of their own.
    """
    days = {play.day_feature: in_words(play.label) for play in catalogue.cadence.plays}
    told: set[str] = set()
    for column in _columns(action):
        day = known.number(column) if column in days else None
        topic = repertoire.topic(column, known.product)
        if day is not None:
            step = Words(f"：第 {floor(day)} 天", f": day {floor(day)}")
            yield Circumstance("policy", column, day, days[column] + step)
        elif topic is not None and topic.name not in told and column in known.row and known.row[column] is not None:
            told.add(topic.name)
            found = fact(repertoire, known, topic)
            if found is not None and found.there:
                yield Circumstance(topic.about, column, known.row[column], found.words)


def _columns(action: Action) -> Iterator[str]:
    """The columns that the action's conditions, context and value read, in order."""
    amounts = (action.context.rule, action.value.rule)
    rules = (*action.applicability, *(rule for rule in amounts if rule is not None))
    yield from dict.fromkeys(column for rule in rules for column in rule.columns)
