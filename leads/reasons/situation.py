"""Why an action that pursues no prediction is offered: the situation that its conditions and its context speak of."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from math import floor
from typing import Any

from leads.actions.action import Action
from leads.actions.catalogue import Catalogue
from leads.configuration.workspace import Workspace
from leads.reasons.feature import Feature
from leads.reasons.feature_wording import NOTHING_LEFT, told
from leads.words.bilingual import Words, as_number


@dataclass(frozen=True)
class Circumstance:
    """A feature that the action's conditions or context read, its value, and a sentence of it in both languages."""

    feature: str
    value: Any
    words: Words


def situation(
    workspace: Workspace,
    catalogue: Catalogue,
    features: Mapping[str, Feature],
    action: Action,
    row: Mapping[str, Any],
) -> Iterator[Circumstance]:
    """What is known of a customer (row: by column) among what the action asks for, conditions first; what is missing,
    and what never happened, is passed over, and so are columns without a meaning of their own in `features`.
    """
    amounts = (action.context.rule, action.value.rule)
    rules = (*action.applicability, *(rule for rule in amounts if rule is not None))
    days = {play.day_feature: Words(play.label["zh"], play.label["en"]) for play in catalogue.plays}
    for column in dict.fromkeys(column for rule in rules for column in rule.columns):
        value = row.get(column)
        if value is None:
            continue
        if column in days and (day := as_number(value)) is not None:
            yield Circumstance(column, value, days[column] + Words(f"：第 {floor(day)} 天", f": day {floor(day)}"))
        elif (words := _happened(workspace, features.get(column), value)) is not None:
            yield Circumstance(column, value, words)


def _happened(workspace: Workspace, feature: Feature | None, value: Any) -> Words | None:
    """In words; None for what never happened."""
    if feature is None or (feature.span is not None and (as_number(value) or 0.0) < NOTHING_LEFT):
        return None
    return told(workspace, feature, value)
