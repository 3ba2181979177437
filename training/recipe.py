"""Recipes: what a model is put together of, and which is chosen where rows are few.

Beside the trees that were best there are unlike learners: stumps, which know each feature alone, and a logistic
regression. They take a part only where that wins on rows kept back, by more than chance shows.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import lightgbm
import numpy as np
from numpy.typing import NDArray

from models.calibrator import Floats
from training.line import line
from training.merging import merged
from training.model import Learner, Rows, Settings

TREES, STUMPS, LINE = "trees", "stumps", "line"
"""Kinds of share: trees of the settings that were best, stumps, the logistic regression of `training.line`."""

OF_STUMPS = Settings(2, 20, learning_rate=0.05)

ALONE: Mapping[str, float] = {TREES: 1.0}

BLENDS: tuple[Mapping[str, float], ...] = (
    {TREES: 1 / 2, STUMPS: 1 / 2},
    {TREES: 3 / 4, LINE: 1 / 4},
    {TREES: 3 / 8, STUMPS: 3 / 8, LINE: 1 / 4},
)
"""What may take the place of trees alone: kinds with the weights of their log-odds."""

_CHANCE = 1.645
"""Standard errors by which a blend must win (one-sided, 95%)."""


@dataclass(frozen=True)
class Boosted:
    """Trees or stumps, and how many rounds of them."""

    settings: Settings
    rounds: int


@dataclass(frozen=True)
class Recipe:
    """trees: by settings and rounds; stumps likewise, where they have a share. shares: kinds with their weights, which
    sum to 1.
    """

    trees: Boosted
    stumps: Boosted | None = None
    shares: Mapping[str, float] = field(default_factory=lambda: ALONE)

    def model(self, learner: Learner, rows: Rows) -> lightgbm.Booster:
        """One forest of all shares, learned from these rows."""
        data = learner.data(rows)
        found = [
            (learner.grow(rows, data, boosted.settings, boosted.rounds), self.shares[kind])
            for kind, boosted in ((TREES, self.trees), (STUMPS, self.stumps))
            if boosted is not None
        ]
        if LINE in self.shares:
            found += [(tree, self.shares[LINE]) for tree in line(data, rows.matrix, learner.categories)]
        models, weights = zip(*found, strict=True)
        return merged(models, weights)

    @property
    def document(self) -> dict[str, Any]:
        """What the model is made of, for people who ask."""
        told: dict[str, Any] = {"rounds": self.trees.rounds, "shares": dict(self.shares)}
        return told if self.stumps is None else told | {"stumps": self.stumps.rounds}


def shares(
    said: Mapping[str, Floats], label: Floats, weight: Floats, customer: NDArray[np.intp]
) -> Mapping[str, float]:
    """Trees alone, unless a blend loses less on these rows by more than chance shows; of several that do the one that
    loses least.

    said: by kind the log-odds of rows that none of them has learned from. weight: what each row counts. customer: a
    number for each row's; rows of one customer are no news of each other.
    """
    best, most = ALONE, 0.0
    for blend in BLENDS:
        mixed: Floats = np.sum([share * said[kind] for kind, share in blend.items()], axis=0)
        gain, error = gain_of(mixed, said[TREES], label, weight, customer)
        if gain > most and gain > _CHANCE * error:
            best, most = blend, gain
    return best


def gain_of(
    said: Floats, other: Floats, label: Floats, weight: Floats, customer: NDArray[np.intp]
) -> tuple[float, float]:
    """By how much less the first log-odds lose than the other on the same rows (log loss a row), and the standard error
    of that, over customers.
    """
    gained = weight * (_losses(other, label) - _losses(said, label))
    return float(gained.mean()), _error(gained, customer)


def _error(values: Floats, customer: NDArray[np.intp]) -> float:
    """The standard error of their mean."""
    apart = np.bincount(customer, values - values.mean())
    return float((apart**2).sum() ** 0.5) / len(values)


def _losses(log_odds: Floats, label: Floats) -> Floats:
    """(n,) log loss of each row."""
    found: Floats = np.logaddexp(0.0, (1 - 2 * label) * log_odds)
    return found
