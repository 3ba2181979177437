"""Uplift: what a contact changes, learned where chance, or what the features tell, decided who was contacted.

The R-learner (Nie & Wager 2021) on the log-odds scale, from scores of time at risk (`contact.scores`). With m(x) the
probability of success, the effect is sought as m(1 − m)·ρ(x), the first order of a change ρ in log-odds: ρ is fitted by
least squares to the score of each trial per unit of its leverage, weighted by the leverage. What is sure to happen, or
never will, is thereby little changed by anything; rare successes need no other learner. ρ is a boosted forest of small
trees or, where answers to contact are told, weights of these (`contact.response_surrogate`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from models.calibrator import Floats
from models.encoding import Matrix
from models.uplift import Effect, Even, Trees, UpliftModel
from training.contact.response_surrogate import Answering, expect, weigh
from training.contact.scores import SMALL, Scores, scored
from training.contact.waiting import Waiting
from training.data.splits import shares

if TYPE_CHECKING:
    import lightgbm

FOLDS = 3
ROUNDS, EFFECT_ROUNDS = 150, 150
LEAVES, LEAST_ROWS = 7, 50
EFFECT_LEAVES, EFFECT_ROWS = 3, 200

_COMMON: Mapping[str, Any] = {**SMALL, "learning_rate": 0.03, "feature_fraction": 0.5}
"""Small trees and few rounds: effects are small beside what chance does."""


@dataclass(frozen=True)
class Trials:
    """n rows: features, what contact was to bring about (1 or 0), how each waited for every treatment, population
    weight, a fold and a half. success: the outcome that is predicted, which may come about otherwise too.

    Rows of one customer share a fold and a half, so that none is predicted by a model that knows the customer, and what
    one half has learned is judged on the other. known: (n, k) what else was known at the moment, that success and
    contact may depend on and effects do not. telling: the matrix of what the effect may depend on. answers: how many of
    its last columns are answers to contact; 0 asks for trees.
    """

    matrix: Matrix
    label: Floats
    success: Floats
    waiting: Mapping[str, Waiting]
    weight: Floats
    fold: NDArray[np.intp]
    half: NDArray[np.intp]
    telling: Matrix
    answers: int = 0
    known: Matrix | None = None

    def where(self, rows: NDArray[np.bool_]) -> Trials:
        """Some of the rows."""
        return replace(
            self,
            matrix=self.matrix[rows],
            label=self.label[rows],
            success=self.success[rows],
            waiting={name: waiting.where(rows) for name, waiting in self.waiting.items()},
            weight=self.weight[rows],
            fold=self.fold[rows],
            half=self.half[rows],
            telling=self.telling[rows],
            known=None if self.known is None else self.known[rows],
        )

    def scores(self, name: str, categories: list[int], seed: int, threads: int = 1) -> Scores:
        """What each trial tells of the effect of a treatment."""
        matrix = self.matrix if self.known is None else np.hstack([self.matrix, self.known])
        return scored(
            matrix, self.waiting[name], self.label, self.weight, self.fold, self.half, categories, seed, threads
        )


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


def fit(
    trials: Trials, scores: Mapping[str, Scores], categories: list[int], tags: list[int], seed: int, threads: int = 1
) -> UpliftModel:
    """Learn base and effects. categories, tags: positions of categories in the matrix and in `telling`."""
    learner = _Learner(trials, categories, tags, seed, threads)
    return UpliftModel(learner.base(), {name: learner.effect(told) for name, told in scores.items()})


def measure(
    trials: Trials, scores: Mapping[str, Scores], categories: list[int], effects: Mapping[str, Answering],
    seed: int, threads: int = 1,
) -> tuple[UpliftModel, dict[str, Measured]]:  # fmt: skip
    """Learn the base; of effects that other outcomes told whom they move, only how much they move these, and all."""
    learner = _Learner(trials, categories, [], seed, threads)
    found = {
        name: _slope(told, trials.weight, effects[name].log_odds(trials.telling))
        for name, told in scores.items()
        if name in effects
    }
    scaled = {name: effects[name].measured(*item.used) for name, item in found.items()}
    return UpliftModel(learner.base(), scaled), found


def fold_of(customers: pl.Series) -> NDArray[np.intp]:
    """(n,) the fold of each row, by its customer."""
    return np.floor(shares(customers, "uplift") * FOLDS).astype(np.intp)


def half_of(customers: pl.Series) -> NDArray[np.intp]:
    """(n,) 0 or 1, by each row's customer; what one half teaches is judged on the other."""
    return (shares(customers, "judge") < 0.5).astype(np.intp)


def crossed(
    matrix: Matrix, targets: Mapping[str, Floats], weight: Floats, fold: NDArray[np.intp], categories: list[int],
    seed: int, threads: int = 1,
) -> dict[str, Floats]:  # fmt: skip
    """What the matrix lets expect of targets between 0 and 1, each row's by a model of the other folds."""
    nothing = np.zeros(len(matrix))
    trials = Trials(matrix, nothing, nothing, {}, weight, fold, fold, matrix[:, :0])
    learner = _Learner(trials, categories, [], seed, threads)
    return {name: learner.crossed(target, ROUNDS) for name, target in targets.items()}


def even(told: Scores, weight: Floats, like: Even | None = None) -> Even:
    """The one effect that fits the scores best; drawn towards another that it is like as far as it is uncertain, which
    is expected to be of the other's size, ± as much.
    """
    known = float(weight @ told.leverage)
    level = float(weight @ told.gain) / known if known > 0 else 0.0
    if like is None or known == 0:
        return Even(level)
    noise = float(((weight * (told.gain - level * told.leverage)) ** 2).sum()) / known**2
    share = like.level**2 / max(like.level**2 + noise, 1e-12)
    return Even(like.level + share * (level - like.level))


def _slope(told: Scores, weight: Floats, rho: Floats) -> Measured:
    """Of the scores on ρ and a constant; the covariance holds whatever the variances."""
    sides = np.column_stack([rho, np.ones_like(rho)])
    inverse = np.linalg.pinv((sides.T * (weight * told.leverage)) @ sides)
    found = inverse @ (sides.T @ (weight * told.gain))
    scores = sides.T * (weight * (told.gain - told.leverage * (sides @ found)))
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

    def crossed(self, target: Floats, rounds: int) -> Floats:
        """The probability of the target, each row's by a model of the other folds."""
        out = np.zeros(len(target))
        for fold in np.unique(self.trials.fold):
            inside = self.trials.fold == fold
            model = self.train("cross_entropy", target, self.trials.weight, ~inside, rounds)
            out[inside] = model.predict(self.trials.matrix[inside], num_threads=self.threads)
        return out

    def effect(self, told: Scores) -> Effect:
        """ρ of one treatment."""
        rows = told.leverage > 0
        target = np.divide(told.gain, told.leverage, out=np.zeros(len(rows)), where=rows)
        weight = self.trials.weight * told.leverage
        weight = weight / weight[rows].mean() if rows.any() else weight
        if self.trials.answers:
            return self._answered(target, weight)
        return Trees(self.train("regression", target, weight, rows if rows.any() else ~rows, EFFECT_ROUNDS))

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
