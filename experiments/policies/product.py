"""Static tags, score only, and the next best action, all under the catalogue's rules and contact policy."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import numpy as np
import polars as pl

from experiments.policies.observed import Carried, Observed
from experiments.policies.scores import Scores, sheet_of
from leads.actions.action import Action
from leads.actions.catalogue import Catalogue
from leads.arbitration.decisions import Decisions, arbitrate
from simulator.loop import Morning, Orders
from simulator.loop import policy as codes
from simulator.products import NAMES

CHANNELS = {"call": codes.CALL, "wecom": codes.WECOM, "sms": codes.SMS, "content": codes.CONTENT}
HELPING = "learn_why_and_help"
"""The content of actions that ask what holds a customer back."""


@dataclass(frozen=True)
class Acts:
    """What each action of a catalogue is in the loop's terms; arrays of shape (actions,)."""

    channel: np.ndarray
    purpose: np.ndarray
    line: np.ndarray
    tone: np.ndarray

    @classmethod
    def of(cls, catalogue: Catalogue) -> Acts:
        """`wait` is a contact by no channel: -1."""
        actions = catalogue.actions
        return cls(
            channel=np.array([CHANNELS.get(action.channel, -1) for action in actions]),
            purpose=np.array([_purpose(action) for action in actions]),
            line=np.array([-1 if action.product is None else NAMES.index(action.product) for action in actions]),
            tone=np.array([codes.HELP if action.content == HELPING else codes.PLAIN for action in actions]),
        )

    def orders(self, customers: np.ndarray, action: np.ndarray, frame: pl.DataFrame) -> Orders:
        """These actions for these customers (rows of the frame in the same order); a renewal is of the line that
        expires next.
        """
        channel = self.channel[action]
        known = {name: position for position, name in enumerate(NAMES)}
        following = frame["policy_next_product"].replace_strict(known, default=-1, return_dtype=pl.Int64)
        expiring = following.fill_null(-1).to_numpy()
        line = np.where(self.purpose[action] == codes.RENEWAL, expiring, self.line[action])
        orders = Orders.of(customers, channel, self.purpose[action], line, self.tone[action])
        return orders.take(channel >= 0)


def _purpose(action: Action) -> int:
    """What the contact is about; who is asked how they are served is sold nothing and reminded of nothing."""
    if action.objective == "renewal":
        return codes.RENEWAL
    return codes.SERVICE if action.objective is None and action.content == HELPING else codes.SALE


class ByProduct:
    """Decides with `leads.arbitration.decisions.decide`, once a day for everyone known."""

    reads = True

    def __init__(self, observed: Observed, scores: Scores, catalogue: Catalogue) -> None:
        self._observed = observed
        self._scores = scores
        self.catalogue = catalogue
        self._acts = Acts.of(catalogue)
        self._carried: Carried | None = None

    def decide(self, morning: Morning) -> Orders:
        """The best action for each, the best first."""
        touched = self._observed.update(morning, self._carried)
        rows, frame = self._observed.frame(morning)
        scored = self._scores.beside(morning.day, rows, frame, touched)
        action, priority = self.choose(scored, morning.now)
        order = np.argsort(-priority, kind="stable")
        order = order[priority[order] > -np.inf]
        self._carried = self.carried(scored[order], action[order], morning.now)
        return self._acts.orders(rows[order], action[order], scored[order])

    def choose(self, scored: pl.DataFrame, now: datetime) -> tuple[np.ndarray, np.ndarray]:
        """The action of each row and its rank value, -inf for none."""
        return best(arbitrate(sheet_of(scored), self.catalogue, now))

    def carried(self, scored: pl.DataFrame, action: np.ndarray, now: datetime) -> Carried:
        """What these rows are contacted for."""
        return Carried.of(self.catalogue, scored["customer_id"], action)


def best(decisions: Decisions) -> tuple[np.ndarray, np.ndarray]:
    """The action of each row that is worth most, and what it is worth, -inf where none is offered."""
    action = np.maximum(decisions.order[:, 0], 0)
    priority = decisions.priority[np.arange(len(action)), action]
    return action, np.where(decisions.order[:, 0] >= 0, priority, -np.inf)


class ScoreOnly(ByProduct):
    """Calls whoever scores highest, whatever the call may change."""

    def choose(self, scored: pl.DataFrame, now: datetime) -> tuple[np.ndarray, np.ndarray]:
        """Of the calls that the rules allow the one with the highest propensity."""
        decisions = arbitrate(sheet_of(scored), self.catalogue, now)
        calls = self._acts.channel == codes.CALL
        likely = np.where(calls & (decisions.priority > -np.inf), decisions.propensity, -np.inf)
        action = likely.argmax(axis=1)
        return action, likely[np.arange(len(action)), action]
