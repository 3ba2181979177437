"""What would change a decision: each part of the priority left out in turn, and the actions ranked again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from leads.action import WAIT
from leads.arbitration import Decisions
from leads.catalogue import PARTS


@dataclass(frozen=True)
class Change:
    """Without this part another action would come first. action: its position."""

    part: str
    action: int


def changes_of(decisions: Decisions, row: int, first: int, among: Sequence[int] | None = None) -> list[Change]:
    """The parts that decide that an action comes first, in the order of the formula.

    first: the position of the action that did. among: only these actions compete. A factor that is left out counts as
    1 and a cost as 0; waiting stays worth nothing.
    """
    offered = np.flatnonzero(decisions.priority[row] > -np.inf)
    if among is not None:
        offered = np.intersect1d(offered, np.asarray(among, dtype=np.intp))
    if len(offered) < 2:
        return []
    found = []
    for part in decisions.catalogue.parts:
        best = int(offered[np.argmax(_without(decisions, row, offered, part))])
        if best != first:
            found.append(Change(part, best))
    return found


def _without(decisions: Decisions, row: int, offered: np.ndarray, part: str) -> np.ndarray:
    catalogue = decisions.catalogue
    gain = np.ones(len(offered))
    for name in PARTS[:-1]:
        if name != part:
            gain = gain * getattr(decisions, name)[row, offered]
    cost = np.array([0.0 if part == "cost" else catalogue.cost(catalogue.actions[i]) for i in offered])
    waits = np.array([catalogue.actions[i].name == WAIT for i in offered])
    return np.asarray(np.where(waits, 0.0, gain - cost))
