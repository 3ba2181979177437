"""LightGBM for one objective: a few settings, early stopping, the same result for the same rows and seed."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import lightgbm
import numpy as np
from numpy.typing import NDArray

from models.encoding import Matrix

MOST_ROUNDS = 3_000
PATIENCE = 60
"""Rounds without a better validation loss after which boosting stops."""


_BINNING = {"feature_pre_filter": False, "verbosity": -1}
"""Parameters of the binned data, which the candidates share."""

_ALONE = 50_000
"""Up to so many rows one thread is used: others would wait longer for each other than they work."""


@dataclass(frozen=True)
class Settings:
    """What is tried: size of the trees, and how much each must be supported by rows."""

    num_leaves: int
    min_child_samples: int
    learning_rate: float = 0.03
    feature_fraction: float = 0.7
    bagging_fraction: float = 0.8
    lambda_l2: float = 5.0

    def parameters(self, seed: int, threads: int) -> dict[str, Any]:
        """LightGBM's parameters. Row-wise and deterministic: threads change the speed, never the model."""
        return asdict(self) | {
            **_BINNING,
            "objective": "binary",
            "metric": "binary_logloss",
            "bagging_freq": 1,
            "seed": seed,
            "num_threads": threads,
            "deterministic": True,
            "force_row_wise": True,
            "min_data_per_group": max(self.min_child_samples, 20),
        }


CANDIDATES = (Settings(4, 20), Settings(7, 20), Settings(7, 100), Settings(31, 100))
"""Small trees for small and noisy sets, larger ones where there is something to find."""

LEAST_ROUNDS = 60
"""Boosting goes on for so long in any case: on a validation part that has drifted the loss may rise from the first
round, and a few dozen small steps are no model at all."""


@dataclass(frozen=True)
class Stretches:
    """number: of each row's stretch of time. spread: of the shifts between them, in log-odds."""

    number: NDArray[np.intp]
    spread: float


@dataclass(frozen=True)
class Rows:
    """A matrix with its labels (1 or 0), and how many rows of the population each row stands for.

    weight: as drawn from the settled ones. factor: that each stands for besides, because others are not settled yet.
    stretch: in which the rate of success is taken to stand still, where it moves. customer: a number for each row's, by
    default each its own.
    """

    matrix: Matrix
    label: NDArray[np.float64]
    weight: NDArray[np.float64]
    factor: NDArray[np.float64] | None = None
    stretch: Stretches | None = None
    customer: NDArray[np.intp] | None = None

    def where(self, mask: NDArray[np.bool_]) -> Rows:
        factor = None if self.factor is None else self.factor[mask]
        return Rows(self.matrix[mask], self.label[mask], self.weight[mask], factor)

    @property
    def fair(self) -> NDArray[np.float64]:
        """Weights with mean 1 in either class: each class looks as it does in the population.

        How rare successes are is left to the calibrator: learning from them in the sample's own share costs
        less variance than weighting them down (King & Zeng 2001), and moves log-odds by a constant only. The factor
        stays as it is: a class that settles late must not be rarer among the young rows than it is.
        """
        weight = self.weight.copy()
        for of_class in (self.label > 0, self.label <= 0):
            if of_class.any():
                weight[of_class] /= weight[of_class].mean()
        return weight if self.factor is None else weight * self.factor

    def __len__(self) -> int:
        return len(self.label)


@dataclass(frozen=True)
class Fitted:
    """A model, the rounds it took, and its validation loss (log loss per row)."""

    model: lightgbm.Booster
    rounds: int
    loss: float


class Learner:
    """Fits models on matrices with the same features; holds nothing between fits."""

    def __init__(self, names: Sequence[str], categories: Sequence[int], seed: int, threads: int) -> None:
        self.names = list(names) or ["none"]
        self.categories = list(categories)
        self.seed = seed
        self.threads = threads

    def fit(
        self, train: Rows, validation: Rows, candidates: Sequence[Settings], watch: Callable[..., None] | None = None
    ) -> list[Fitted]:
        """A model per candidate, each boosted until the validation loss no longer falls. watch: is told of every round,
        and may stop it all by raising.
        """
        data = self.data(train)
        check = lightgbm.Dataset(validation.matrix, validation.label, weight=validation.fair, reference=data)
        return [self._fit(data, check, self.parameters(train, settings), watch) for settings in candidates]

    def parameters(self, rows: Rows, settings: Settings) -> dict[str, Any]:
        """LightGBM's parameters for a fit on these rows."""
        return settings.parameters(self.seed, self._workers(rows))

    def _fit(
        self, data: lightgbm.Dataset, check: lightgbm.Dataset, parameters: dict[str, Any],
        watch: Callable[..., None] | None,
    ) -> Fitted:  # fmt: skip
        history: dict[str, Any] = {}
        callbacks: list[Callable[..., Any]] = [
            lightgbm.early_stopping(PATIENCE, verbose=False), lightgbm.record_evaluation(history),
        ]  # fmt: skip
        callbacks += [] if watch is None else [watch]
        model = lightgbm.train(
            parameters, data, MOST_ROUNDS, valid_sets=[check], valid_names=["validation"], callbacks=callbacks
        )
        losses = np.asarray(history["validation"]["binary_logloss"])
        least = min(LEAST_ROUNDS, len(losses)) - 1
        best = least + int(np.argmin(losses[least:]))
        return Fitted(model, best + 1, float(losses[best]))

    def grow(self, rows: Rows, data: lightgbm.Dataset, settings: Settings, rounds: int) -> lightgbm.Booster:
        """A forest on all rows (as `data`) with the rounds that were right for fewer."""
        return lightgbm.train(self.parameters(rows, settings), data, max(rounds, 1))

    def _workers(self, rows: Rows) -> int:
        return 1 if len(rows) <= _ALONE else self.threads

    def predict(self, fitted: Fitted, matrix: Matrix) -> NDArray[np.float64]:
        """Log-odds after the best round."""
        return self.log_odds(fitted.model, matrix, fitted.rounds)

    def log_odds(self, model: lightgbm.Booster, matrix: Matrix, rounds: int = -1) -> NDArray[np.float64]:
        """What the first so many rounds of a model say, by default all."""
        workers = 1 if len(matrix) <= _ALONE else self.threads
        raw = model.predict(matrix, raw_score=True, num_iteration=rounds, num_threads=workers)
        return np.asarray(raw, np.float64)

    def data(self, rows: Rows) -> lightgbm.Dataset:
        """The rows as LightGBM bins them, which several fits may share."""
        return lightgbm.Dataset(
            rows.matrix, rows.label, weight=rows.fair, feature_name=[f"f{i}" for i in range(len(self.names))],
            categorical_feature=self.categories, params=_BINNING | {"num_threads": self._workers(rows)},
            free_raw_data=False,
        )  # fmt: skip
