"""Offers: the actions that a decision chose for a customer, with what their priority is made of."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Annotated, Any, Literal

from typing_extensions import TypedDict

from features.configuration import Configuration
from features.profiling import PROFILED
from leads.actions.action import Action
from leads.actions.valuation import PROPENSITY, UPLIFT
from leads.arbitration.decisions import Decisions
from leads.reasons.decision_wording import describe_effect
from leads.reasons.filling import fill
from leads.reasons.known import Known
from leads.sheet.sheet import Sheet
from leads.words.bilingual import Text
from serving.meaning import Means
from serving.scoring.reasons import Reason, known_of
from serving.scoring.scores import Effect


class OfferedEffect(Effect):
    text: Text


class CostParts(TypedDict):
    """What a cost is made of, in the workspace's currency."""

    agent: float
    money: float
    fatigue: Annotated[float, Means("what the contact takes of the customer's patience")]


class OfferedAction(TypedDict):
    action: str
    scene: str
    channel: str
    product: str | None
    content: str | None
    label: Text
    talk_track: Text | None
    priority: float
    propensity: Annotated[float | None, Means("null for whoever refuses profiling")]
    uplift: Annotated[OfferedEffect | None, Means("null where no effect of contact is known")]
    valued_by: Annotated[
        Literal["uplift", "propensity", "usual"],
        Means("what its priority counts; for whoever refuses profiling the usual chance, the same for all of them"),
    ]
    value: float
    context: float | None
    lever: float | None
    cost: float
    costs: CostParts | None
    reasons: list[Reason]


USUAL: Literal["usual"] = "usual"
"""What priorities count where nothing is scored."""

EARLIER: dict[str, Any] = {
    "uplift": None, "valued_by": PROPENSITY, "context": None, "lever": None, "costs": None,
}  # fmt: skip
"""What ledgers did not keep of an offer before there was such a thing."""


def offers(
    configuration: Configuration, sheet: Sheet, decisions: Decisions, row: int, order: Sequence[int], now: datetime
) -> list[OfferedAction]:
    """The offered actions of a customer with what their priority is made of, in words as of now; reasons are not filled
    in.
    """
    known = known_of(configuration.workspace, sheet, row, now)
    return [_offer(configuration, sheet, decisions, row, position, known) for position in order]


def _offer(
    configuration: Configuration, sheet: Sheet, decisions: Decisions, row: int, position: int, known: Known
) -> OfferedAction:
    action = decisions.catalogue.actions[position]
    repertoire, about = configuration.layout.repertoire, replace(known, product=action.product)
    parts, profiled = decisions.parts(row, position), sheet.value(PROFILED, row) is not False
    return {
        "action": action.name,
        "scene": action.scene,
        "channel": action.channel,
        "product": action.product or _open_product(configuration, sheet, row, action.objective),
        "content": action.content,
        "label": fill(action.title, repertoire, about),
        "talk_track": None if action.talk_track is None else fill(action.talk_track, repertoire, about),
        "priority": parts.priority,
        "propensity": parts.propensity if profiled else None,
        "uplift": _uplift(configuration, sheet, row, action),
        "valued_by": (UPLIFT if decisions.by_effect(row)[position] else PROPENSITY) if profiled else USUAL,
        "value": parts.value,
        "context": parts.context,
        "lever": parts.lever,
        "cost": parts.cost,
        "costs": {"agent": parts.agent, "money": parts.money, "fatigue": parts.fatigue},
        "reasons": [],
    }


def _uplift(configuration: Configuration, sheet: Sheet, row: int, action: Action) -> OfferedEffect | None:
    """What contact by the action's channel adds to its propensity, in words too; None where no effect is used."""
    column = configuration.catalogue.effects.effect(action)
    effect = sheet.value(column, row) if column is not None and column in sheet else None
    if effect is None or action.objective is None:
        return None
    return {"effect": effect, "text": describe_effect(configuration.workspace, action.objective, effect, action.uplift)}


def _open_product(configuration: Configuration, sheet: Sheet, row: int, objective: str | None) -> str | None:
    """An action that names no product is about the policy that expires next, where its objective is."""
    if objective is None or configuration.workspace.objectives[objective].product != "expiring":
        return None
    product: str | None = sheet.value("policy_next_product", row)
    return product
