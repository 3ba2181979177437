"""The choice among what is offered: what is worth most, or a draw by Thompson sampling, and how likely it was."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np

from leads.arbitration import Decisions
from leads.draws import seed_of, uniform
from leads.evidence import POINTS, Evidence
from leads.learning import Learning


@dataclass(frozen=True)
class Choice:
    """One customer's choice. action: its position, -1 where nothing is offered. probability: with which this action
    was chosen, given the customer's arm. explored: whether it was drawn.
    """

    action: int
    probability: float
    explored: bool
    seed: str


class Chooser:
    """Chooses by the posterior of each action's response. prepared once per catalogue and evidence.

    With probability `exploration` the choice is that of Thompson sampling: for each action offered one of the equally
    likely points of its ratio is drawn, independently, and what is then worth most is chosen. Otherwise what is worth
    most by the mean is. The probability of a choice is counted over all points, so it is exact.
    """

    def __init__(self, decisions: Decisions, evidence: Evidence, learning: Learning, exploration: float) -> None:
        actions = decisions.catalogue.actions
        self._decisions = decisions
        self._learning = learning
        self._exploration = exploration
        self._names = [action.name for action in actions]
        self._costs = np.array([decisions.catalogue.cost(action) for action in actions])
        means = evidence.ratios(self._names, learning.prior)
        points = np.array([evidence.of(name).points(learning.prior) for name in self._names]).reshape(-1, POINTS)
        self._scale = points / means[:, None]

    def choose(self, row: int, customer_id: str, now: datetime, among: Sequence[int] | None = None) -> Choice:
        """The choice for a row of the decisions. among: only these positions, in their order in the catalogue."""
        decisions = self._decisions
        seed = seed_of(customer_id, now, self._learning.bucket, decisions.catalogue.digest)
        worth = decisions.priority[row]
        offered = np.flatnonzero(worth > -np.inf)
        if among is not None:
            offered = np.intersect1d(offered, np.asarray(among, dtype=np.intp))
        if len(offered) == 0:
            return Choice(-1, 1.0, False, seed)
        best = int(offered[np.argmax(worth[offered])])
        if self._exploration <= 0 or len(offered) == 1:
            return Choice(best, 1.0, False, seed)
        drawn = self._points(row, offered)
        explored = uniform(seed, "explore") < self._exploration
        chosen = self._draw(drawn, offered, seed) if explored else best
        likely = self._exploration * win_probability(drawn, int(np.searchsorted(offered, chosen)))
        return Choice(chosen, likely + (1.0 - self._exploration) * (chosen == best), explored, seed)

    def _points(self, row: int, offered: np.ndarray) -> np.ndarray:
        """What each action would be worth at each point of its ratio: (offered, POINTS)."""
        cost = self._costs[offered]
        gain = self._decisions.priority[row, offered] + cost
        return np.asarray(gain[:, None] * self._scale[offered] - cost[:, None])

    def _draw(self, worth: np.ndarray, offered: np.ndarray, seed: str) -> int:
        places = [int(uniform(seed, f"point|{self._names[action]}") * POINTS) for action in offered]
        return int(offered[np.argmax(worth[np.arange(len(offered)), places])])


def win_probability(worth: np.ndarray, action: int) -> float:
    """The chance that an action is worth most when each draws one of its points: exact, by counting.

    worth: (m, K) equally likely values of each action. Of two that are worth the same the first wins.
    """
    mine = worth[action]
    others = np.arange(len(worth)) != action
    before = np.arange(len(worth)) < action
    below = worth[:, :, None] < mine
    level = worth[:, :, None] == mine
    beaten = np.where(before[:, None], below.mean(axis=1), (below | level).mean(axis=1))
    return float(np.prod(beaten[others], axis=0).mean())
