"""Uplift: what a contact changes, learned where chance decided who was contacted.

The R-learner (Nie & Wager 2021) on the log-odds scale. With m(x) the probability of success and e(x) that of being
treated, both predicted by models that have not seen the row, the effect is sought as m(1 − m)·ρ(x), the first order
of a change ρ in log-odds, by least squares of (y − m) on (t − e)·m(1 − m)·ρ(x), each row weighted by 1 / m(1 − m).
What is sure to happen, or never will, is thereby little changed by anything; rare successes need no other learner.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import lightgbm
import numpy as np
from numpy.typing import NDArray

from training.calibration import Floats
from training.matrix import Matrix

FOLDS = 3
ROUNDS, TREATED_ROUNDS, EFFECT_ROUNDS = 150, 40, 150
LEAVES, LEAST_ROWS = 7, 50
EFFECT_LEAVES, EFFECT_ROWS = 3, 200
EDGE = 0.02
"""Least chance of treatment and of none that a row is learned from at."""

LEAST = 0.002
"""Least m(1 − m) that is divided by."""

_COMMON: Mapping[str, Any] = {
    "learning_rate": 0.03,
    "feature_fraction": 0.5,
    "bagging_fraction": 0.7,
    "bagging_freq": 1,
    "lambda_l2": 5.0,
    "max_bin": 63,
    "verbosity": -1,
    "deterministic": True,
    "force_row_wise": True,
}
"""Small trees and few rounds: effects are small beside what chance does."""


@dataclass(frozen=True)
class Trials:
    """n rows: features, success (1 or 0), whether treated by each treatment, population weight, and a fold each.

    Rows of one customer share a fold, so that none is predicted by a model that knows the customer. telling: the
    positions of the features that the effect may depend on.
    """

    matrix: Matrix
    label: Floats
    treated: Mapping[str, NDArray[np.bool_]]
    weight: Floats
    fold: NDArray[np.intp]
    telling: tuple[int, ...] = ()

    @cached_property
    def effect_matrix(self) -> Matrix:
        return self.matrix[:, list(self.telling)] if self.telling else self.matrix


@dataclass(frozen=True)
class UpliftModel:
    """base: the probability of success under the contact of the past. effects: by treatment, the change in log-odds,
    from the features at the positions `telling`, all where that is empty.
    """

    base: lightgbm.Booster
    effects: Mapping[str, lightgbm.Booster]
    telling: tuple[int, ...] = ()

    def predict(self, matrix: Matrix, threads: int = 0) -> dict[str, Floats]:
        """What each treatment adds to each row's probability, between −1 and 1."""
        base = np.asarray(self.base.predict(matrix, num_threads=threads), np.float64)
        room = base * (1 - base)
        part = matrix[:, list(self.telling)] if self.telling else matrix
        return {
            name: np.clip(room * np.asarray(effect.predict(part, num_threads=threads)), -base, 1 - base)
            for name, effect in self.effects.items()
        }


def fit(trials: Trials, categories: list[int], seed: int, threads: int = 1) -> tuple[UpliftModel, dict[str, Floats]]:
    """Learn base and effects from all rows; gives also what effects learned on the other folds say of each row, to
    be judged by.
    """
    learner = _Learner(trials, categories, seed, threads)
    success = learner.crossed(trials.label, ROUNDS)
    room = success * (1 - success)
    effects, unseen = {}, {}
    for name, treated in trials.treated.items():
        effects[name], rho = learner.effect(success, treated)
        unseen[name] = room * rho
    every = np.ones(len(success), bool)
    base = learner.train("binary", trials.label, trials.weight, every, ROUNDS)
    return UpliftModel(base, effects, trials.telling), unseen


@dataclass(frozen=True)
class _Learner:
    trials: Trials
    categories: list[int]
    seed: int
    threads: int

    def crossed(self, target: Floats, rounds: int) -> Floats:
        """The probability of the target, each row's by a model of the other folds."""
        out = np.zeros(len(target))
        for fold in np.unique(self.trials.fold):
            inside = self.trials.fold == fold
            model = self.train("binary", target, self.trials.weight, ~inside, rounds)
            out[inside] = model.predict(self.trials.matrix[inside], num_threads=self.threads)
        return out

    def effect(self, success: Floats, treated: NDArray[np.bool_]) -> tuple[lightgbm.Booster, Floats]:
        """ρ of one treatment, and its value for each row by a model of the other folds."""
        given = treated.astype(np.float64)
        chance = np.clip(self.crossed(given, TREATED_ROUNDS), EDGE / 2, 1 - EDGE / 2)
        room = np.maximum(success * (1 - success), LEAST)
        target = (self.trials.label - success) / ((given - chance) * room)
        weight = self.trials.weight * (given - chance) ** 2 * room
        inside = (chance > EDGE) & (chance < 1 - EDGE)
        rows = inside if inside.any() else np.ones(len(inside), bool)
        weight /= weight[rows].mean()
        unseen = np.zeros(len(given))
        for fold in np.unique(self.trials.fold):
            apart = self.trials.fold == fold
            model = self.train("regression", target, weight, rows & ~apart, EFFECT_ROUNDS)
            unseen[apart] = model.predict(self.trials.effect_matrix[apart], num_threads=self.threads)
        return self.train("regression", target, weight, rows, EFFECT_ROUNDS), unseen

    def train(
        self, kind: str, target: Floats, weight: Floats, rows: NDArray[np.bool_], rounds: int
    ) -> lightgbm.Booster:
        outcome = kind == "binary"
        parameters = dict(_COMMON) | {
            "objective": kind,
            "num_leaves": LEAVES if outcome else EFFECT_LEAVES,
            "min_child_samples": LEAST_ROWS if outcome else min(EFFECT_ROWS, max(len(target) // 40, 20)),
            "seed": self.seed,
            "num_threads": self.threads,
        }
        matrix, categories = self.trials.matrix, self.categories
        if not outcome and self.trials.telling:
            matrix = self.trials.effect_matrix
            categories = [place for place, old in enumerate(self.trials.telling) if old in self.categories]
        data = lightgbm.Dataset(
            matrix[rows], target[rows], weight=weight[rows], categorical_feature=categories, params={"verbosity": -1}
        )
        return lightgbm.train(parameters, data, rounds)


def gain_at(
    label: Floats, treated: NDArray[np.bool_], uplift: Floats, share: float, weight: Floats | None = None
) -> float:
    """Among the share of rows with the highest uplift: success of the treated less that of the others.

    Fair where treatment was drawn by chance.
    """
    weights = np.ones(len(label)) if weight is None else weight
    first = np.argsort(-uplift, kind="stable")[: max(int(len(label) * share), 1)]
    groups = (first[treated[first]], first[~treated[first]])
    with_, without = (float(np.average(label[g], weights=weights[g])) if len(g) else np.nan for g in groups)
    return with_ - without
