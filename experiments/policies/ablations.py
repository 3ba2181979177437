"""The next best action with one of its parts taken away, to see what the part brings."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

import numpy as np
import polars as pl

from experiments.policies.observed import Observed
from experiments.policies.product import ByProduct, best
from experiments.policies.scores import Scores, sheet_of
from leads.actions.catalogue import Catalogue
from leads.actions.valuation import PROPENSITY
from leads.arbitration.decisions import arbitrate


def by_propensity(catalogue: Catalogue) -> Catalogue:
    """The same actions, rules, values and costs, ranked by the chance that they succeed."""
    return replace(catalogue, valuation=replace(catalogue.valuation, value_by=PROPENSITY))


def unaided(catalogue: Catalogue) -> Catalogue:
    """Without the effects that people wrote into it."""
    without = tuple(replace(action, uplift=0.0) for action in catalogue.actions)
    return replace(catalogue, actions=replace(catalogue.actions, all=without))


class Shuffled(ByProduct):
    """Of each channel as many contacts a day as the next best action would make, of customers and actions drawn among
    those that the rules allow: how much is done, without whom and what.
    """

    def __init__(self, observed: Observed, scores: Scores, catalogue: Catalogue, rng: np.random.Generator) -> None:
        super().__init__(observed, scores, catalogue)
        self._rng = rng

    def choose(self, scored: pl.DataFrame, now: datetime) -> tuple[np.ndarray, np.ndarray]:
        """Drawn, one each; the rank is drawn too. The channel that is open to the fewest draws first."""
        decisions = arbitrate(sheet_of(scored), self.catalogue, now)
        wanted, worth = best(decisions)
        offered = decisions.priority > -np.inf
        action, rank = np.zeros(len(wanted), np.int64), np.full(len(wanted), -np.inf)
        channels = self._acts.channel
        open_to = {c: offered[:, channels == c].any(axis=1) for c in np.unique(channels[channels >= 0])}
        for channel in sorted(open_to, key=lambda c: open_to[c].sum()):
            number = int(((worth > -np.inf) & (channels[wanted] == channel)).sum())
            among = np.flatnonzero(channels == channel)
            free = np.flatnonzero((rank == -np.inf) & open_to[channel])
            chosen = self._rng.permutation(free)[:number]
            lots = np.where(offered[np.ix_(chosen, among)], self._rng.random((len(chosen), len(among))), -1.0)
            action[chosen], rank[chosen] = among[lots.argmax(axis=1)], self._rng.random(len(chosen))
        return action, rank
