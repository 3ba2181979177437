"""What the arms and the evidence mean for the arbitration: levers, what is held back, and how likely a choice was."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import lru_cache

import numpy as np

from leads.actions.catalogue import Catalogue
from leads.actions.learning import CONTROL
from leads.arbitration.arms import Assignment
from leads.arbitration.choosing import Chances, ramp_shares
from leads.arbitration.decisions import Decisions, Tuning
from leads.arbitration.draws import held_back
from leads.arbitration.evidence import Evidence


def tune(catalogue: Catalogue, evidence: Evidence, customer_ids: Sequence[str], assignment: Assignment) -> Tuning:
    """What was learned and each customer's arm, as the arbitration takes them."""
    actions, learning = catalogue.actions, catalogue.experiments.learning
    names = [action.name for action in actions]
    held: np.ndarray | None = None
    if learning.new:
        held = np.zeros((len(customer_ids), len(actions)), dtype=bool)
        for position, share in ramp_shares(catalogue, evidence).items():
            held[:, position] = held_back(customer_ids, names[position], share)
    return Tuning(
        ratio=evidence.ratios(names, learning.prior) if evidence.responses else None,
        held_back=held,
        lever=arm_levers(catalogue, assignment.names)[assignment.arm] if catalogue.experiments.arms else None,
    )


@lru_cache(maxsize=64)
def arm_levers(catalogue: Catalogue, names: tuple[str, ...]) -> np.ndarray:
    """(arms, A): the levers of each of these arms; the catalogue's where an arm has none of its own."""
    usual = catalogue.valuation
    own = {arm.name: replace(usual, levers=arm.levers) for arm in catalogue.experiments.arms}
    levers = [[own.get(name, usual).lever(action) for action in catalogue.actions] for name in names]
    found = np.array(levers, dtype=np.float64)
    found.setflags(write=False)
    return found


def marginal(
    catalogue: Catalogue, evidence: Evidence, decisions: Decisions, assignment: Assignment, done: Sequence[int],
    among: Sequence[int] | None = None,
) -> list[float]:  # fmt: skip
    """With which probability this was done for each customer, over all that chance decided: the arm, to whom new
    actions are offered yet, and exploration. done: of each row the action's position, -1 where nothing was done; whom
    the control group holds is left with nothing.
    """
    acting = _acting(catalogue, evidence, decisions, assignment)
    held = sum(share for name, share in zip(assignment.names, assignment.shares, strict=True) if name == CONTROL)
    return [
        held * (action < 0) + sum(share * chances.of(row, action, among) for share, chances in acting)
        for row, action in enumerate(done)
    ]


def marginals(catalogue: Catalogue, evidence: Evidence, decisions: Decisions, assignment: Assignment) -> np.ndarray:
    """(n, A) `marginal` of every action for every row; what is left of 1 is for doing nothing."""
    found = np.zeros((len(decisions.priority), len(catalogue.actions)))
    for share, chances in _acting(catalogue, evidence, decisions, assignment):
        found += share * chances.distributions()
    return found


def _acting(
    catalogue: Catalogue, evidence: Evidence, decisions: Decisions, assignment: Assignment
) -> list[tuple[float, Chances]]:  # fmt: skip
    """Each arm that anything is done in: its share, and how it chooses."""
    levers = arm_levers(catalogue, assignment.names)
    arms = zip(assignment.names, assignment.shares, assignment.explorations, levers, strict=True)
    return [
        (share, Chances(decisions, evidence, exploration, lever))
        for name, share, exploration, lever in arms
        if name != CONTROL and share > 0
    ]
