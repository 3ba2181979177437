"""The choice among what is offered: what is worth most, or a draw by Thompson sampling, and how likely it was."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache

import numpy as np

from leads.actions.catalogue import Catalogue
from leads.arbitration.decisions import Decisions
from leads.arbitration.draws import seed_of, uniform
from leads.arbitration.evidence import POINTS, Evidence


@dataclass(frozen=True)
class Choice:
    """One customer's choice. action: its position, -1 where nothing is offered. probability: with which this action
    was chosen, given the customer's arm. explored: whether it was drawn.
    """

    action: int
    probability: float
    explored: bool
    seed: str


_ROWS = 200
"""Customers whose draws are counted at once."""


@lru_cache(maxsize=64)
def _scales(catalogue: Catalogue, evidence: Evidence) -> np.ndarray:
    """The points of each action's ratio over its mean: (A, POINTS)."""
    prior = catalogue.experiments.learning.prior
    responses = [evidence.of(action.name) for action in catalogue.actions]
    points = [response.points(prior) / response.ratio(prior) for response in responses]
    return np.array(points).reshape(-1, POINTS)


class Chooser:
    """Chooses by the posterior of each action's response.

    With probability `exploration` the choice is drawn, otherwise what is worth most by the mean is taken. Of what is
    drawn, the catalogue's share `even` is drawn evenly among all that is offered: so each of k actions is taken with at
    least exploration × even / k, however sure the evidence is, and a log tells of all that was offered. The rest is
    Thompson sampling: for each action one of the equally likely points of its ratio is drawn, independently, and what
    is then worth most is chosen. The probability of a choice is counted over all points, so it is exact.
    """

    def __init__(self, decisions: Decisions, evidence: Evidence, exploration: float) -> None:
        self._decisions = decisions
        self._evidence = evidence
        self._exploration = exploration

    def choose(self, row: int, customer_id: str, now: datetime, among: Sequence[int] | None = None) -> Choice:
        """The choice for a row of the decisions. among: only these positions, in their order in the catalogue."""
        decisions = self._decisions
        seed = seed_of(customer_id, now, decisions.catalogue.experiments.learning.bucket, decisions.catalogue.digest)
        worth = decisions.priority[row]
        offered = self._offered(row, among)
        if len(offered) == 0:
            return Choice(-1, 1.0, False, seed)
        best = int(offered[np.argmax(worth[offered])])
        if self._exploration <= 0 or len(offered) == 1:
            return Choice(best, 1.0, False, seed)
        drawn = self._points(row, offered)
        lot, even = uniform(seed, "explore"), decisions.catalogue.experiments.learning.even
        if lot < self._exploration * even:
            chosen = int(offered[int(uniform(seed, "even") * len(offered))])
        else:
            chosen = self._draw(drawn, offered, seed) if lot < self._exploration else best
        won = win_probability(drawn, int(np.searchsorted(offered, chosen)))
        likely = self._exploration * (even / len(offered) + (1.0 - even) * won)
        return Choice(chosen, likely + (1.0 - self._exploration) * (chosen == best), lot < self._exploration, seed)

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


def win_probability(worth: np.ndarray, action: int, there: np.ndarray | None = None) -> float:
    """The chance that an action is worth most when each draws one of its points: exact, by counting.

    worth: (m, K) equally likely values of each action. Of two that are worth the same the first wins. there: (m,) with
    which probability each takes part, by default all do; one that does not cannot win.
    """
    others = np.delete(worth, action, axis=0)
    # Of two that are worth the same the first wins: those before must be worth less, those after at most as much.
    below = (others[:action, :, None] < worth[action]).sum(axis=1)
    level = (others[action:, :, None] <= worth[action]).sum(axis=1)
    beaten = np.concatenate([below, level]) / worth.shape[1]
    if there is None:
        return float(np.prod(beaten, axis=0).mean())
    beaten = 1 - np.delete(there, action)[:, None] * (1 - beaten)
    return float(there[action] * np.prod(beaten, axis=0).mean())


def _wins(worth: np.ndarray, there: np.ndarray) -> np.ndarray:
    """(n, m) `win_probability` of each action. worth: (n, m, K) points; there: (n, m) with which each takes part."""
    won = np.empty(there.shape)
    for action in range(there.shape[1]):
        mine = worth[:, action]
        beaten = np.empty((len(worth), there.shape[1], mine.shape[1]))
        for other in range(there.shape[1]):
            theirs = worth[:, other, :, None]
            lost = theirs < mine[:, None] if other < action else theirs <= mine[:, None]
            beaten[:, other] = 1 - there[:, other, None] * (1 - lost.mean(axis=1))
        beaten[:, action] = 1.0
        won[:, action] = there[:, action] * np.prod(beaten, axis=1).mean(axis=1)
    return won


def even_shares(there: np.ndarray) -> np.ndarray:
    """(n, m) the chance that each action is drawn evenly among those that take part; there: with which each does.

    Of an action that takes part it is E[1 / (1 + others)], the integral of E[t^others] from 0 to 1: a polynomial, which
    Gauss and Legendre's points integrate exactly.

    >>> even_shares(np.array([[1.0, 1.0], [1.0, 0.5]]))
    array([[0.5 , 0.5 ],
           [0.75, 0.25]])
    """
    points, weights = _gauss(there.shape[1] // 2 + 1)
    factor = 1 - there[:, :, None] * (1 - (points + 1) / 2)
    others = np.prod(factor, axis=1, keepdims=True) / factor
    return np.asarray(there * (others @ (weights / 2)))


@lru_cache(maxsize=64)
def _gauss(count: int) -> tuple[np.ndarray, np.ndarray]:
    """Gauss and Legendre's points and their weights."""
    points, weights = np.polynomial.legendre.leggauss(count)
    return points, weights


@lru_cache(maxsize=64)
def ramp_shares(catalogue: Catalogue, evidence: Evidence) -> Mapping[int, float]:
    """By the position of each new action, to what share of the customers it is offered by now."""
    names = [action.name for action in catalogue.actions]
    learning = catalogue.experiments.learning
    return {names.index(name): learning.ramp(evidence.of(name).trials) for name in learning.new}


@dataclass(frozen=True, eq=False)
class Chances:
    """With which probability each action is taken, over all that chance decides in an arm: exploration, and to whom new
    actions are offered yet.

    lever: (A,) of the arm. The decisions may be of another arm, whose levers alone differ.
    """

    decisions: Decisions
    evidence: Evidence
    exploration: float
    lever: np.ndarray

    def of(self, row: int, action: int, among: Sequence[int] | None = None) -> float:
        """The chance that this action is taken; -1 asks for that of none. among: only these positions may be."""
        there, worth = self._there(row, among), self._worth(row)
        if action < 0:
            return float(np.prod(1 - there))
        offered = np.flatnonzero(there > 0)
        if action not in offered:
            return 0.0
        place, there = int(np.searchsorted(offered, action)), there[offered]
        first = np.argsort(-worth[offered], kind="stable")
        before = first[: int(np.flatnonzero(first == place)[0])]
        likely = (1 - self.exploration) * float(there[place] * np.prod(1 - there[before]))
        if self.exploration > 0:
            even, won = self._even, win_probability(self._points(row, worth, offered), place, there)
            likely += self.exploration * (even * float(even_shares(there[None])[0, place]) + (1 - even) * won)
        return likely

    def distributions(self) -> np.ndarray:
        """(n, A) of every action for every row; what is left of 1 is the chance that none is taken."""
        count = len(self.decisions.priority)
        there = np.array([self._there(row, None) for row in range(count)]).reshape(count, len(self.lever))
        likely, (sets, member) = np.zeros_like(there), np.unique(there > 0, axis=0, return_inverse=True)
        for number, offered in enumerate(sets):
            alike = np.flatnonzero(member.reshape(-1) == number)
            columns = np.flatnonzero(offered)
            for start in range(0, len(alike) if len(columns) else 0, _ROWS):
                rows = alike[start : start + _ROWS]
                likely[np.ix_(rows, columns)] = self._likely(rows, columns, there[np.ix_(rows, columns)])
        return likely

    def _likely(self, rows: np.ndarray, columns: np.ndarray, there: np.ndarray) -> np.ndarray:
        """(rows, columns) for customers who are offered the same actions."""
        decisions = self.decisions
        parts = (decisions.propensity, decisions.value, decisions.context)
        gain = np.prod([part[np.ix_(rows, columns)] for part in parts], axis=0) * self.lever[columns]
        cost = decisions.cost(rows)[:, columns]
        order = np.argsort(cost - gain, axis=1, kind="stable")
        ranked = np.take_along_axis(there, order, axis=1)
        passed = np.cumprod(np.hstack([np.ones((len(rows), 1)), 1 - ranked[:, :-1]]), axis=1)
        likely = np.empty_like(there)
        np.put_along_axis(likely, order, ranked * passed, axis=1)
        if self.exploration <= 0:
            return likely
        scales = _scales(decisions.catalogue, self.evidence)[columns]
        drawn = _wins(gain[:, :, None] * scales - cost[:, :, None], there)
        drawn = self._even * even_shares(there) + (1 - self._even) * drawn
        return np.asarray((1 - self.exploration) * likely + self.exploration * drawn)

    @property
    def _even(self) -> float:
        return self.decisions.catalogue.experiments.learning.even

    def _there(self, row: int, among: Sequence[int] | None) -> np.ndarray:
        """(A,) with which probability each action is among those offered."""
        catalogue = self.decisions.catalogue
        rejected = self.decisions.rejected[row]
        there = np.where((rejected == 0) | (rejected == catalogue.refusals.ramp_code), 1.0, 0.0)
        for position, share in ramp_shares(catalogue, self.evidence).items():
            there[position] *= share
        if among is not None:
            others = np.ones(len(there), dtype=bool)
            others[np.asarray(among, dtype=np.intp)] = False
            there[others] = 0.0
        return there

    def _worth(self, row: int) -> np.ndarray:
        """(A,) the priorities under the arm's levers."""
        decisions = self.decisions
        gain = decisions.propensity[row] * decisions.value[row] * decisions.context[row] * self.lever
        return np.asarray(gain - decisions.cost(row))

    def _points(self, row: int, worth: np.ndarray, offered: np.ndarray) -> np.ndarray:
        cost = self.decisions.cost(row)[offered]
        scales = _scales(self.decisions.catalogue, self.evidence)[offered]
        return np.asarray((worth[offered] + cost)[:, None] * scales - cost[:, None])
