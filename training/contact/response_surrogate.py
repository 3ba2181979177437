"""Whom contact moves, told from how people answer it.

How somebody answers contact (how long they talk, whether they click, whether they say no) is told by every call and
message, long before it is known what contact does to renewals and purchases. So the effect is sought along few
directions: how people like this one answer (their tags), and how this one answers beyond that. It is the idea of the
surrogate index (Athey, Chetty, Imbens & Kang 2019), used for effects: many answers teach the directions, and the
rarer outcomes only have to weigh them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from models.calibrator import Floats
from models.encoding import Matrix
from models.uplift import Condensed

if TYPE_CHECKING:
    import lightgbm

PENALTIES = (300.0, 1_000.0, 3_000.0, 10_000.0)
"""Of the squares of the weights, tried on rows kept apart."""

_ROUNDS = 100
_TREES: Mapping[str, Any] = {
    "objective": "regression",
    "learning_rate": 0.05,
    "num_leaves": 7,
    "min_child_samples": 200,
    "lambda_l2": 20.0,
    "verbosity": -1,
    "deterministic": True,
    "force_row_wise": True,
}


_CONDENSED_ROUNDS = 60
_CONDENSED: Mapping[str, Any] = {
    "objective": "regression",
    "learning_rate": 0.3,
    "num_leaves": 31,
    "min_child_samples": 10,
    "min_data_per_group": 10,
    "cat_smooth": 1.0,
    "cat_l2": 0.0,
    "verbosity": -1,
    "deterministic": True,
    "force_row_wise": True,
}
"""Of trees that repeat what others say: there is no chance in it to be careful with."""


@dataclass(frozen=True)
class Expectation:
    """How people with certain tags answer: k boosters, one an answer. centre, spread, apart: (k,) the mean answer, and
    the standard deviations of what is expected and of what is left over.
    """

    boosters: tuple[lightgbm.Booster, ...]
    centre: Floats
    spread: Floats
    apart: Floats

    def design(self, matrix: Matrix) -> Floats:
        """(rows, 2k): per answer what is expected of the tags, and what this customer adds; both in standard units.

        matrix: the tags, and the k answers in its last columns.
        """
        tags, answers = matrix[:, : -len(self.boosters)], matrix[:, -len(self.boosters) :]
        expected = _predicted(self.boosters, tags)
        return np.hstack([(expected - self.centre) / self.spread, (answers - expected) / self.apart])


@dataclass(frozen=True)
class Answering:
    """Change in log-odds by one contact: `intercept` + design · `weights`, all of it times `scale`, and `level`."""

    expectation: Expectation
    weights: Floats
    intercept: float
    scale: float = 1.0
    level: float = 0.0

    def log_odds(self, matrix: Matrix, threads: int = 0) -> Floats:
        """(rows,) for rows of tags and answers."""
        design = self.expectation.design(matrix)
        found: Floats = self.scale * (design @ self.weights + self.intercept) + self.level
        return found

    def measured(self, slope: float, level: float) -> Answering:
        """The same directions elsewhere: so many times as strong, and `level` more for all."""
        scale = self.scale * slope
        return replace(self, scale=scale, level=self.level * slope + level)

    def condensed(self, matrix: Matrix, categories: list[int], seed: int) -> Condensed:
        """The same in a tenth of the trees, learned from what these say of the rows of a matrix."""
        import lightgbm

        tags, told = matrix[:, : -self._answers], matrix[:, -self._answers :].astype(np.float64)
        weights = self.scale * self.weights[self._answers :] / self.expectation.apart
        rest = self.log_odds(matrix) - told @ weights
        data = lightgbm.Dataset(tags, rest, categorical_feature=categories, params={"verbosity": -1})
        trees = lightgbm.train(dict(_CONDENSED) | {"seed": seed, "num_threads": 1}, data, _CONDENSED_ROUNDS)
        return Condensed(trees, weights)

    @property
    def _answers(self) -> int:
        return len(self.expectation.boosters)


def expect(matrix: Matrix, answers: int, categories: list[int], seed: int, threads: int = 1) -> Expectation:
    """Learn how people answer from their tags. matrix: tags, and so many answers in its last columns; an answer is
    never missing.
    """
    import lightgbm

    tags, told = matrix[:, :-answers], matrix[:, -answers:].astype(np.float64)
    parameters = dict(_TREES) | {"seed": seed, "num_threads": threads}
    boosters = tuple(
        lightgbm.train(
            parameters,
            lightgbm.Dataset(tags, told[:, k], categorical_feature=categories, params={"verbosity": -1}),
            _ROUNDS,
        )
        for k in range(answers)
    )
    expected = _predicted(boosters, tags)
    apart = np.maximum((told - expected).std(axis=0), 1e-6)
    # Tags that tell nothing of an answer must not be blown up into a direction.
    spread = np.maximum(expected.std(axis=0), 0.05 * apart)
    return Expectation(boosters, told.mean(axis=0), spread, apart)


def weigh(
    expectation: Expectation, matrix: Matrix, target: Floats, weight: Floats, fold: NDArray[np.intp]
) -> Answering:
    """Weights of the directions by weighted least squares, with the penalty that predicts the other folds best."""
    design = expectation.design(matrix)
    tried = {penalty: _crossed(design, target, weight, fold, penalty) for penalty in PENALTIES}
    loss = {penalty: float((weight * (target - found) ** 2).sum()) for penalty, found in tried.items()}
    best = min(loss, key=lambda penalty: (loss[penalty], -penalty))
    fitted = _ridge(best).fit(design, target, sample_weight=weight)
    return Answering(expectation, np.asarray(fitted.coef_, np.float64), float(fitted.intercept_))


def _crossed(design: Floats, target: Floats, weight: Floats, fold: NDArray[np.intp], penalty: float) -> Floats:
    out = np.zeros(len(target))
    for number in np.unique(fold):
        apart = fold == number
        fitted = _ridge(penalty).fit(design[~apart], target[~apart], sample_weight=weight[~apart])
        out[apart] = fitted.predict(design[apart])
    return out


def _ridge(penalty: float) -> Any:
    """Only learning needs it, and serving is quicker to start without."""
    from sklearn.linear_model import Ridge

    return Ridge(penalty)


def _predicted(boosters: tuple[lightgbm.Booster, ...], tags: Matrix) -> Floats:
    return np.column_stack([np.asarray(booster.predict(tags, num_threads=1), np.float64) for booster in boosters])
