"""Who is in which arm this month, and what that and the evidence mean for the arbitration."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

import numpy as np

from leads.arbitration import Tuning, month_of
from leads.catalogue import Catalogue
from leads.draws import arms_of, held_back
from leads.evidence import Evidence
from leads.learning import CONTROL, TREATMENT


@dataclass(frozen=True)
class Assignment:
    """The arms of n customers. arm: (n,) positions in `names`; shares, explorations: of each arm."""

    arm: np.ndarray
    names: tuple[str, ...]
    shares: tuple[float, ...]
    explorations: tuple[float, ...]

    def name(self, row: int) -> str:
        return self.names[int(self.arm[row])]

    def controlled(self, row: int) -> bool:
        """Whether the customer is left untouched."""
        return self.name(row) == CONTROL

    def share(self, row: int) -> float:
        """The chance to be in the customer's arm."""
        return self.shares[int(self.arm[row])]

    def exploration(self, row: int) -> float:
        return self.explorations[int(self.arm[row])]


def assign(catalogue: Catalogue, customer_ids: Sequence[str], now: datetime, timezone: str) -> Assignment:
    """The arms of the month that `now` is in, as it is counted in the workspace's zone."""
    shares = [catalogue.control_share, *(arm.share for arm in catalogue.arms)]
    if sum(shares) == 0:
        arms = np.full(len(customer_ids), len(shares), dtype=np.intp)
    else:
        arms = arms_of(customer_ids, month_of(now, timezone), shares)
    return Assignment(
        arm=arms,
        names=(CONTROL, *(arm.name for arm in catalogue.arms), TREATMENT),
        shares=(*shares, 1.0 - sum(shares)),
        explorations=(0.0, *(arm.exploration for arm in catalogue.arms), catalogue.learning.exploration),
    )


def tune(catalogue: Catalogue, evidence: Evidence, customer_ids: Sequence[str], assignment: Assignment) -> Tuning:
    """What was learned and each customer's arm, as the arbitration takes them."""
    actions, learning = catalogue.actions, catalogue.learning
    names = [action.name for action in actions]
    held: np.ndarray | None = None
    if learning.new:
        held = np.zeros((len(customer_ids), len(actions)), dtype=bool)
        for name in learning.new:
            share = learning.ramp(evidence.of(name).trials)
            held[:, names.index(name)] = held_back(customer_ids, name, share)
    return Tuning(
        ratio=evidence.ratios(names, learning.prior) if evidence.responses else None,
        held_back=held,
        lever=_levers(catalogue, assignment) if catalogue.arms else None,
    )


def _levers(catalogue: Catalogue, assignment: Assignment) -> np.ndarray:
    """(n, A): the catalogue's levers, or those of the customer's arm."""
    own = {arm.name: replace(catalogue, levers=arm.levers) for arm in catalogue.arms}
    levers = [[own.get(name, catalogue).lever(action) for action in catalogue.actions] for name in assignment.names]
    rows: np.ndarray = np.array(levers)[assignment.arm]
    return rows
