"""What would change a decision: each part of the priority left out in turn, and the actions ranked again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from leads.actions.action import WAIT
from leads.actions.valuation import PARTS
from leads.arbitration.decisions import Decisions

FATIGUE = "fatigue"
"""The part of the cost that is the customer's patience."""

EFFECT = "effect"
"""The context, where it is what of the propensity an action brings about."""


@dataclass(frozen=True)
class Change:
    """Without this part another action would come first. action: its position."""

    part: str
    action: int


def changes_of(decisions: Decisions, row: int, first: int, among: Sequence[int] | None = None) -> list[Change]:
    """The parts that decide that an action comes first, in the order of the formula.

    first: the position of the action that did. among: only these actions compete. A factor that is left out counts as
    1 and a cost as 0, `fatigue` is the cost without the customer's patience; waiting stays worth nothing. Without
    `effect` the chance that an action succeeds counts in place of what it adds to it.
    """
    offered = np.flatnonzero(decisions.priority[row] > -np.inf)
    if among is not None:
        offered = np.intersect1d(offered, np.asarray(among, dtype=np.intp))
    if len(offered) < 2:
        return []
    found = []
    for part in _parts(decisions, row, offered):
        best = int(offered[np.argmax(_without(decisions, row, offered, part))])
        if best != first:
            found.append(Change(part, best))
    return found


def _parts(decisions: Decisions, row: int, offered: np.ndarray) -> Sequence[str]:
    """The parts of a priority, and of the cost the part that can be told apart for this customer."""
    parts = decisions.catalogue.valuation.parts
    if decisions.by_effect(row)[offered].any():
        parts = tuple(EFFECT if part == "context" else part for part in parts)
    return (*parts, FATIGUE) if "cost" in parts and decisions.fatigue_price[row] > 0 else parts


def _without(decisions: Decisions, row: int, offered: np.ndarray, part: str) -> np.ndarray:
    catalogue = decisions.catalogue
    counted = decisions.by_effect(row)[offered]
    gain = np.ones(len(offered))
    for name in PARTS[:-1]:
        if name != part:
            factor = getattr(decisions, name)[row, offered]
            # An effect is part of the chance of success, and means nothing without it.
            left_out = counted & (name == "context" and part in (EFFECT, "propensity"))
            gain = gain * np.where(left_out, 1.0, factor)
    cost = decisions.cost(row)[offered]
    if part == FATIGUE:
        cost = np.array([catalogue.valuation.cost(catalogue.actions[i]) for i in offered])
    waits = np.array([catalogue.actions[i].name == WAIT for i in offered])
    return np.asarray(np.where(waits, 0.0, gain if part == "cost" else gain - cost))
