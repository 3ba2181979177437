"""Rivals: simpler ways to predict, which a model must beat to be worth its trouble."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

import lightgbm
import numpy as np
import polars as pl
from numpy.typing import NDArray

from models.calibrator import Floats
from models.encoding import Matrix
from training.calibration import fit
from training.line import regression

SINCE = "__since_last_days"
"""How names of features end that tell how long ago something happened last."""

_ALL_PLATT = 10**12


@dataclass(frozen=True)
class Asked:
    """Rows to predict. matrix: as the model reads them. days: since anything happened last, NaN for never; None where
    nothing that happens is declared.
    """

    matrix: Matrix
    days: Floats | None

    def where(self, inside: NDArray[np.bool_]) -> Asked:
        return Asked(self.matrix[inside], None if self.days is None else self.days[inside])


@dataclass(frozen=True)
class Known(Asked):
    """What a rival learns from. categories: positions of the columns that are no numbers."""

    label: Floats
    weight: Floats
    categories: tuple[int, ...]


class Rival(Protocol):
    """Probabilities of rows by what was known; None where this way is none for such rows."""

    def __call__(self, known: Known, asked: Asked, seed: int) -> Floats | None: ...


def days_since(rows: pl.DataFrame) -> Floats | None:
    """(n,) how long ago the last event was, of whatever type."""
    names = [name for name in rows.columns if name.endswith(SINCE)]
    if not names:
        return None
    found: Floats = rows.select(pl.min_horizontal(names).cast(pl.Float64)).to_series().fill_null(np.nan).to_numpy()
    return found


def constant(known: Known, asked: Asked, seed: int) -> Floats:
    """The rate of success so far, for everybody."""
    return np.full(len(asked.matrix), np.average(known.label, weights=known.weight))


def recency(known: Known, asked: Asked, seed: int) -> Floats | None:
    """Who did something last comes first: a list sorted by the last interaction, as call centres do it by hand. The
    days are made probabilities by a line in their logarithm. None where nothing that happens is a feature.
    """
    if known.days is None or asked.days is None or np.isnan(known.days).all():
        return None
    never = float(np.nanmax(known.days)) * 2 + 1
    score, later = (-np.log1p(np.maximum(np.nan_to_num(days, nan=never), 0.0)) for days in (known.days, asked.days))
    return fit(score, known.label, known.weight, isotonic_from=_ALL_PLATT).apply(later)


def logistic(known: Known, asked: Asked, seed: int) -> Floats:
    """Logistic regression (`training.line`)."""
    model = regression(known.matrix.shape[1], known.categories)
    model.fit(known.matrix, known.label, logisticregression__sample_weight=known.weight)
    said: Floats = model.predict_proba(asked.matrix)[:, 1]
    return said


def lightgbm_as_it_comes(known: Known, asked: Asked, seed: int) -> Floats:
    """LightGBM with every parameter at its default, 100 rounds."""
    parameters: dict[str, Any] = {
        "objective": "binary", "verbosity": -1, "seed": seed, "num_threads": 1, "deterministic": True,
        "force_row_wise": True,
    }  # fmt: skip
    data = lightgbm.Dataset(
        known.matrix, known.label, weight=known.weight, categorical_feature=list(known.categories),
        params={"verbosity": -1},
    )  # fmt: skip
    return np.asarray(lightgbm.train(parameters, data, 100).predict(asked.matrix, num_threads=1), np.float64)


RIVALS: Mapping[str, Rival] = {
    "constant": constant,
    "recency": recency,
    "logistic_regression": logistic,
    "default_lightgbm": lightgbm_as_it_comes,
}
