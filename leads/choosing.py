"""The choice among what is offered: what is worth most, or a draw by Thompson sampling, and how likely it was."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache

import numpy as np

from leads.arbitration import Decisions
from leads.catalogue import Catalogue
from leads.draws import seed_of, uniform
from leads.evidence import POINTS, Evidence


@dataclass(frozen=True)
class Choice:
    """One customer's choice. action: its position, -1 where nothing is offered. probability: with which this action
    was chosen, given the customer's arm. explored: whether it was drawn.
    """

    action: int
    probability: float
    explored: bool
    seed: str


@lru_cache(maxsize=64)
def _scales(catalogue: Catalogue, evidence: Evidence) -> np.ndarray:
    """The points of each action's ratio over its mean: (A, POINTS)."""
    prior = catalogue.learning.prior
    responses = [evidence.of(action.name) for action in catalogue.actions]
    points = [response.points(prior) / response.ratio(prior) for response in responses]
    return np.array(points).reshape(-1, POINTS)


class Chooser:
    """Chooses by the posterior of each action's response.

    With probability `exploration` the choice is that of Thompson sampling: for each action offered one of the equally
    likely points of its ratio is drawn, independently, and what is then worth most is chosen. Otherwise what is worth
    most by the mean is. The probability of a choice is counted over all points, so it is exact.
    """

    def __init__(self, decisions: Decisions, evidence: Evidence, exploration: float) -> None:
        self._decisions = decisions
        self._evidence = evidence
        self._exploration = exploration

    def choose(self, row: int, customer_id: str, now: datetime, among: Sequence[int] | None = None) -> Choice:
        """The choice for a row of the decisions. among: only these positions, in their order in the catalogue."""
        decisions = self._decisions
        seed = seed_of(customer_id, now, decisions.catalogue.learning.bucket, decisions.catalogue.digest)
        worth = decisions.priority[row]
        offered = self._offered(row, among)
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

    def distribution(self, row: int, among: Sequence[int] | None = None) -> np.ndarray:
        """With which probability each action would be chosen: (A,), all 0 where nothing is offered."""
        worth = self._decisions.priority[row]
        likely = np.zeros(len(worth))
        offered = self._offered(row, among)
        if len(offered) == 0:
            return likely
        likely[offered[np.argmax(worth[offered])]] = 1.0 - self._exploration
        drawn = self._points(row, offered)
        likely[offered] += [self._exploration * win_probability(drawn, place) for place in range(len(offered))]
        return likely

    def _offered(self, row: int, among: Sequence[int] | None) -> np.ndarray:
        offered = np.flatnonzero(self._decisions.priority[row] > -np.inf)
        return offered if among is None else np.intersect1d(offered, np.asarray(among, dtype=np.intp))

    def _points(self, row: int, offered: np.ndarray) -> np.ndarray:
        """What each action would be worth at each point of its ratio: (offered, POINTS)."""
        decisions = self._decisions
        cost = decisions.cost(row)[offered]
        gain = decisions.priority[row, offered] + cost
        return np.asarray(gain[:, None] * _scales(decisions.catalogue, self._evidence)[offered] - cost[:, None])

    def _draw(self, worth: np.ndarray, offered: np.ndarray, seed: str) -> int:
        names = [self._decisions.catalogue.actions[action].name for action in offered]
        places = [int(uniform(seed, f"point|{name}") * POINTS) for name in names]
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
