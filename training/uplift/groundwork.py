"""Groundwork: what several learners of an effect start from, learned once."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from models.calibrator import Floats
from models.encoding import Matrix
from training.contact.scores import SMALL
from training.uplift.campaign import Campaign

if TYPE_CHECKING:
    import lightgbm

CROSSED = 3
"""Folds in which what is expected of a row is learned from others."""


@dataclass(frozen=True)
class Growth:
    """How far trees grow: leaves, the rows that each must hold, rounds."""

    leaves: int
    least: int
    rounds: int


OUTCOME, EFFECT = Growth(4, 50, 200), Growth(4, 200, 100)
"""Of outcomes, and of effects, which are small beside what chance does."""

_PACE = {**SMALL, "learning_rate": 0.03, "feature_fraction": 0.5}


@dataclass(frozen=True)
class Groundwork:
    """A campaign, and models of its outcomes. chance: (n,) of contact for each row."""

    campaign: Campaign
    chance: Floats
    seed: int
    threads: int = 1

    @cached_property
    def arms(self) -> tuple[lightgbm.Booster, lightgbm.Booster]:
        """Of who was left alone, and of who was contacted: the probability of success."""
        return self._arms(self.campaign)

    @cached_property
    def expected(self) -> tuple[Floats, Floats]:
        """(n,) each row's probability of success without and with contact, by models that do not know its customer."""
        fold = self.campaign.folds(CROSSED, self.seed)
        found = np.zeros((2, len(fold)))
        for number in range(CROSSED):
            inside = fold == number
            models = self._arms(self.campaign.where(~inside))
            found[:, inside] = [
                model.predict(self.campaign.matrix[inside], num_threads=self.threads) for model in models
            ]
        return found[0], found[1]

    @property
    def doubly(self) -> Floats:
        """(n,) an estimate of each row's own effect, right on average if either the expected outcomes or the chances of
        contact are (Robins, Rotnitzky & Zhao 1994).
        """
        alone, reached = self.expected
        given, label = self.campaign.treated, self.campaign.label
        more = given * (label - reached) / self.chance - (1 - given) * (label - alone) / (1 - self.chance)
        return reached - alone + more

    def outcome(self, matrix: Matrix, campaign: Campaign) -> lightgbm.Booster:
        """The probability of success by this matrix of the campaign's rows."""
        return self._grown("cross_entropy", OUTCOME, matrix, campaign.label, campaign.weight)

    def effect(self, target: Floats, weight: Floats, campaign: Campaign | None = None) -> lightgbm.Booster:
        """An effect, from a target with that mean; of all rows or of others."""
        rows = self.campaign if campaign is None else campaign
        return self._grown("regression", EFFECT, rows.matrix, target, weight)

    def _arms(self, campaign: Campaign) -> tuple[lightgbm.Booster, lightgbm.Booster]:
        parts = (campaign.where(campaign.treated == given) for given in (0, 1))
        alone, reached = (self.outcome(part.matrix, part) for part in parts)
        return alone, reached

    def _grown(self, kind: str, growth: Growth, matrix: Matrix, target: Floats, weight: Floats) -> lightgbm.Booster:
        import lightgbm

        parameters = _PACE | {
            "objective": kind, "num_leaves": growth.leaves, "min_child_samples": min(growth.least, len(target) // 20),
            "seed": self.seed, "num_threads": self.threads,
        }  # fmt: skip
        data = lightgbm.Dataset(
            matrix, target, weight=weight, categorical_feature=self.campaign.categories, params={"verbosity": -1}
        )
        return lightgbm.train(parameters, data, growth.rounds)
