"""Uplift: what a contact changes, learned where chance decided who was contacted.

The R-learner (Nie & Wager 2021) on the log-odds scale. With m(x) the probability of success and e(x) that of being
treated, both predicted by models that have not seen the row, the effect is sought as m(1 − m)·ρ(x), the first order
of a change ρ in log-odds, by least squares of (y − m) on (t − e)·m(1 − m)·ρ(x), each row weighted by 1 / m(1 − m).
What is sure to happen, or never will, is thereby little changed by anything; rare successes need no other learner.
ρ is a boosted forest of small trees or, where answers to contact are told, weights of these (`contact.answering`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
import polars as pl
from numpy.typing import NDArray

from training.calibration import Floats
from training.contact.answering import Answering, expect, weigh
from training.data.splits import shares
from training.matrix import Matrix

if TYPE_CHECKING:
    import lightgbm

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
    """n rows: features, what contact was to bring about (1 or 0), whether treated by each treatment (a share where that
    is not clear, see `contact.assignment`), population weight, and a fold each. success: the outcome that is
    predicted, which may come about otherwise too.

    Rows of one customer share a fold, so that none is predicted by a model that knows the customer. telling: the
    matrix of what the effect may depend on. answers: how many of its last columns are answers to contact; 0 asks
    for trees.
    """

    matrix: Matrix
    label: Floats
    success: Floats
    treated: Mapping[str, Floats]
    weight: Floats
    fold: NDArray[np.intp]
    telling: Matrix
    answers: int = 0

    def where(self, rows: NDArray[np.bool_]) -> Trials:
        """Some of the rows."""
        return replace(
            self,
            matrix=self.matrix[rows],
            label=self.label[rows],
            success=self.success[rows],
            treated={name: given[rows] for name, given in self.treated.items()},
            weight=self.weight[rows],
            fold=self.fold[rows],
            telling=self.telling[rows],
        )


class Effect(Protocol):
    """What a treatment does to the log-odds of success."""

    def log_odds(self, matrix: Matrix, threads: int = 0) -> Floats:
        """(rows,) for rows of what the effect may depend on."""
        ...


@dataclass(frozen=True)
class Trees:
    """An effect as a boosted forest."""

    booster: lightgbm.Booster

    def log_odds(self, matrix: Matrix, threads: int = 0) -> Floats:
        """(rows,) for rows of the features it was learned from."""
        return np.asarray(self.booster.predict(matrix, num_threads=threads), np.float64)


@dataclass(frozen=True)
class UpliftModel:
    """base: the probability of success under the contact of the past. effects: by treatment, the change in log-odds."""

    base: lightgbm.Booster
    effects: Mapping[str, Effect]

    def predict(
        self, matrix: Matrix, telling: Matrix, threads: int = 0, place: NDArray[np.intp] | None = None
    ) -> dict[str, Floats]:
        """What each treatment adds to each row's probability, between −1 and 1.

        place: of each row of the matrix its row in `telling`, the same one by default.
        """
        base = np.asarray(self.base.predict(matrix, num_threads=threads), np.float64)
        room = base * (1 - base)
        log_odds = {name: effect.log_odds(telling, threads) for name, effect in self.effects.items()}
        return {
            name: np.clip(room * (found if place is None else found[place]), -base, 1 - base)
            for name, found in log_odds.items()
        }


PRIOR = np.diag([1.0, 0.25]) ** 2
"""What is expected of an effect like another before it is measured: of the other's size, 1 ± 1, and as much on average,
± a quarter of the odds.
"""


@dataclass(frozen=True)
class Measured:
    """How much of an effect learned elsewhere is found here: slope of the outcome on it, and what contact adds to the
    log-odds of all besides. covariance: (2, 2) of the two.
    """

    slope: float
    level: float
    covariance: Floats

    @property
    def error(self) -> float:
        """Standard error of the slope."""
        return float(np.sqrt(self.covariance[0, 0]))

    @property
    def used(self) -> tuple[float, float]:
        """The slope and level to act on: what is measured, drawn towards the same effect as far as it is uncertain; the
        posterior means under `PRIOR`, and never an effect turned round.
        """
        told, before = np.linalg.pinv(self.covariance), np.linalg.inv(PRIOR)
        slope, level = np.linalg.solve(told + before, told @ [self.slope, self.level] + before @ [1.0, 0.0])
        return max(float(slope), 0.0), float(level)


def fit(trials: Trials, categories: list[int], tags: list[int], seed: int, threads: int = 1) -> UpliftModel:
    """Learn base and effects. categories, tags: positions of categories in the matrix and in `telling`."""
    learner = _Learner(trials, categories, tags, seed, threads)
    success = learner.crossed(trials.label, ROUNDS)
    effects = {name: learner.effect(success, treated) for name, treated in trials.treated.items()}
    return UpliftModel(learner.base(), effects)


def measure(
    trials: Trials, categories: list[int], effects: Mapping[str, Answering], seed: int, threads: int = 1
) -> tuple[UpliftModel, dict[str, Measured]]:
    """Learn the base; of effects that other outcomes told whom they move, only how much they move these, and all."""
    learner = _Learner(trials, categories, [], seed, threads)
    success = learner.crossed(trials.label, ROUNDS)
    found = {
        name: _slope(*learner.sought(success, treated), effects[name].log_odds(trials.telling))
        for name, treated in trials.treated.items()
        if name in effects
    }
    scaled = {name: effects[name].measured(*item.used) for name, item in found.items()}
    return UpliftModel(learner.base(), scaled), found


def expectations(
    trials: Trials, categories: list[int], matrix: Matrix, seed: int, threads: int = 1
) -> tuple[Floats, dict[str, Floats]]:  # fmt: skip
    """What these trials let expect of others, rows of a matrix: the probability of what contact was to bring about, and
    of being given each treatment.
    """
    learner = _Learner(trials, categories, [], seed, threads)
    return learner.chance(trials.label, matrix), {
        name: learner.chance(given, matrix) for name, given in trials.treated.items()
    }


def fold_of(customers: pl.Series) -> NDArray[np.intp]:
    """(n,) the fold of each row, by its customer."""
    return np.floor(shares(customers, "uplift") * FOLDS).astype(np.intp)


def crossed(
    matrix: Matrix, targets: Mapping[str, Floats], weight: Floats, fold: NDArray[np.intp], categories: list[int],
    seed: int, threads: int = 1,
) -> dict[str, Floats]:  # fmt: skip
    """What the matrix lets expect of targets between 0 and 1, each row's by a model of the other folds."""
    nothing = np.zeros(len(matrix))
    trials = Trials(matrix, nothing, nothing, {}, weight, fold, matrix[:, :0])
    learner = _Learner(trials, categories, [], seed, threads)
    return {name: learner.crossed(target, ROUNDS) for name, target in targets.items()}


def squared(treated: Floats, chance: Floats) -> Floats:
    """(t − e)² as it is to be expected where t is a share of treated and of not."""
    out: Floats = treated * (1 - chance) ** 2 + (1 - treated) * chance**2
    return out


def _slope(target: Floats, weight: Floats, rows: NDArray[np.bool_], rho: Floats) -> Measured:
    """Weighted least squares of the target on ρ and a constant; the covariance holds whatever the variances."""
    sides = np.column_stack([rho, np.ones_like(rho)])[rows]
    weighted = sides.T * weight[rows]
    inverse = np.linalg.pinv(weighted @ sides)
    found = inverse @ (weighted @ target[rows])
    scores = weighted * (target[rows] - sides @ found)
    return Measured(float(found[0]), float(found[1]), inverse @ (scores @ scores.T) @ inverse)


@dataclass(frozen=True)
class _Learner:
    trials: Trials
    categories: list[int]
    tags: list[int]
    seed: int
    threads: int

    def base(self) -> lightgbm.Booster:
        """The probability of success, from all rows."""
        every = np.ones(len(self.trials.label), bool)
        return self.train("cross_entropy", self.trials.success, self.trials.weight, every, ROUNDS)

    def chance(self, target: Floats, matrix: Matrix) -> Floats:
        """Of the target, for rows of a matrix."""
        every = np.ones(len(target), bool)
        model = self.train("cross_entropy", target, self.trials.weight, every, ROUNDS)
        return np.asarray(model.predict(matrix, num_threads=self.threads), np.float64)

    def crossed(self, target: Floats, rounds: int) -> Floats:
        """The probability of the target, each row's by a model of the other folds."""
        out = np.zeros(len(target))
        for fold in np.unique(self.trials.fold):
            inside = self.trials.fold == fold
            model = self.train("cross_entropy", target, self.trials.weight, ~inside, rounds)
            out[inside] = model.predict(self.trials.matrix[inside], num_threads=self.threads)
        return out

    def sought(self, success: Floats, treated: Floats) -> tuple[Floats, Floats, NDArray[np.bool_]]:
        """What ρ of a treatment is fitted to, the weights of the rows, and the rows that tell."""
        chance = np.clip(self.crossed(treated, TREATED_ROUNDS), EDGE / 2, 1 - EDGE / 2)
        room = np.maximum(success * (1 - success), LEAST)
        square = squared(treated, chance)
        target = (self.trials.label - success) * (treated - chance) / (square * room)
        weight = self.trials.weight * square * room
        inside = (chance > EDGE) & (chance < 1 - EDGE)
        rows = inside if inside.any() else np.ones(len(inside), bool)
        return target, weight / weight[rows].mean(), rows

    def effect(self, success: Floats, treated: Floats) -> Effect:
        """ρ of one treatment."""
        target, weight, rows = self.sought(success, treated)
        if self.trials.answers:
            return self._answered(target, np.where(rows, weight, 0.0))
        return Trees(self.train("regression", target, weight, rows, EFFECT_ROUNDS))

    def _answered(self, target: Floats, weight: Floats) -> Effect:
        trials = self.trials
        expectation = expect(trials.telling, trials.answers, self.tags, self.seed, self.threads)
        return weigh(expectation, trials.telling, target, weight, trials.fold)

    def train(
        self, kind: str, target: Floats, weight: Floats, rows: NDArray[np.bool_], rounds: int
    ) -> lightgbm.Booster:
        import lightgbm

        outcome = kind == "cross_entropy"
        parameters = dict(_COMMON) | {
            "objective": kind,
            "num_leaves": LEAVES if outcome else EFFECT_LEAVES,
            "min_child_samples": LEAST_ROWS if outcome else min(EFFECT_ROWS, max(len(target) // 40, 20)),
            "seed": self.seed,
            "num_threads": self.threads,
        }
        matrix, categories = (self.trials.matrix, self.categories) if outcome else (self.trials.telling, self.tags)
        data = lightgbm.Dataset(
            matrix[rows], target[rows], weight=weight[rows], categorical_feature=categories, params={"verbosity": -1}
        )
        return lightgbm.train(parameters, data, rounds)
