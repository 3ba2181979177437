"""Why an action that pursues no prediction is offered: the situation that its conditions and its context speak of."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from math import floor
from typing import Any

from leads.actions.action import Action
from leads.actions.catalogue import Catalogue
from leads.configuration.workspace import Workspace
from leads.reasons.explanation import NOTHING_LEFT, told
from leads.words.wording import Words, as_number


@dataclass(frozen=True)
class Circumstance:
    """A feature that the action's conditions or context read, its value, and a sentence of it in both languages."""

    feature: str
    value: Any
    words: Words


def situation(
    workspace: Workspace, catalogue: Catalogue, action: Action, row: Mapping[str, Any]
) -> Iterator[Circumstance]:
    """What is known of a customer (row: by column) among what the action asks for, conditions first; what is missing,
    and what never happened, is passed over, and so are features that only rules understand.
    """
    amounts = (action.context.rule, action.value.rule)
    rules = (*action.applicability, *(rule for rule in amounts if rule is not None))
    days = {play.day_feature: Words(play.label["zh"], play.label["en"]) for play in catalogue.plays}
    for feature in dict.fromkeys(column for rule in rules for column in rule.columns):
        value = row.get(feature)
        number = as_number(value)
        if value is None or ("__count_" in feature and (number or 0.0) < NOTHING_LEFT):
            continue
        if feature in days and number is not None:
            day = Words(f"：第 {floor(number)} 天", f": day {floor(number)}")
            yield Circumstance(feature, value, days[feature] + day)
        elif (words := told(workspace, feature, value)) is not None:
            yield Circumstance(feature, value, words)
