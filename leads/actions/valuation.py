"""What an action is worth: which parts its priority is made of, and what the business wants now."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from leads.actions.action import Action
from leads.actions.fatigue_price import FREE, parse_fatigue_price
from leads.actions.levers import parse_levers
from leads.actions.unproven import TAKEN, Unproven, parse_unproven
from leads.configuration.amount import Amount
from leads.configuration.section import Section
from leads.configuration.workspace import Workspace
from leads.contact.cost import NOTHING, Cost

PARTS = ("propensity", "value", "context", "lever", "cost")
"""What a priority may be made of: propensity × value × context × lever − cost."""


PROPENSITY: Final = "propensity"
UPLIFT: Final = "uplift"
"""What an action may be valued by: the chance that it succeeds, or what contact adds to that chance."""


@dataclass(frozen=True)
class Valuation:
    """priority = propensity × value × context × lever − cost.

    levers: by kind (`action`, `scene` or `objective`) and name, factors of the priority beside each action's own.
    parts: what the priority is made of; a factor that is left out counts as 1, a cost as 0.
    fatigue_price: what a contact of weight 1 costs in the customer's patience, in the workspace's currency.
    value_by: `propensity`, or `uplift`: where the effect of contact is known it counts in place of propensity × context
        (`leads.arbitration.uplift_valuation`). unproven: what counts by uplift where it is not known.
    """

    levers: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    parts: tuple[str, ...] = PARTS
    fatigue_price: Amount = FREE
    value_by: str = PROPENSITY
    unproven: Unproven = TAKEN

    def lever(self, action: Action) -> float:
        """How much the business wants the action now: its own lever times those of its name, scene and objective."""
        lever = action.lever
        if "lever" not in self.parts:
            return 1.0
        for kind, name in (("action", action.name), ("scene", action.scene), ("objective", action.objective or "")):
            lever *= self.levers.get(kind, {}).get(name, 1.0)
        return lever

    def cost(self, action: Action) -> float:
        """What doing it costs in minutes and money, in the workspace's currency."""
        return self.counted(action).fixed

    def counted(self, action: Action) -> Cost:
        """What of its cost counts: nothing where the priority is declared without cost."""
        return action.cost if "cost" in self.parts else NOTHING


USUAL = Valuation()
"""Where nothing is declared: by propensity, with all parts and no levers."""


def parse_valuation(
    top: Section, actions: tuple[Action, ...], scenes: tuple[str, ...], workspace: Workspace
) -> Valuation:
    """From the keys `levers`, `priority`, `value_by`, `unproven` and `fatigue_price`. Raises InvalidWorkspace."""
    value_by = _value_by(top, workspace)
    return Valuation(
        levers=parse_levers(top.section("levers"), actions, scenes, workspace),
        parts=top.choices("priority", PARTS, PARTS),
        fatigue_price=parse_fatigue_price(top, workspace),
        value_by=value_by,
        unproven=_unproven(top, value_by),
    )


def _value_by(top: Section, workspace: Workspace) -> str:
    chosen = top.choice("value_by", (PROPENSITY, UPLIFT), PROPENSITY)
    if chosen == UPLIFT and not any(objective.uplift for objective in workspace.objectives.values()):
        raise top.refuse("value_by", f"{PROPENSITY}, as no objective in workspace.yaml declares uplift")
    if chosen == UPLIFT and not {"propensity", "context"} <= {*top.choices("priority", PARTS, PARTS)}:
        raise top.refuse("value_by", f"{PROPENSITY}, as the priority leaves propensity or context out")
    return chosen


def _unproven(top: Section, value_by: str) -> Unproven:
    if top.has("unproven") and value_by != UPLIFT:
        raise top.refuse("unproven", f"given with value_by: {UPLIFT} only")
    return parse_unproven(top)
