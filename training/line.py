"""A logistic regression told in trees: what it adds to the log-odds for each feature becomes one tree over that feature
alone, so that it is blended, shipped and explained as forests are.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import lightgbm
import numpy as np

from models.calibrator import Floats
from models.encoding import Matrix

if TYPE_CHECKING:
    from sklearn.pipeline import Pipeline

_STEPS = 64
"""Leaves of a tree: in so many steps at most a number's straight line is told."""

_COLUMN = re.compile(r"x(\d+)(?:_|$)")


def regression(width: int, categories: Sequence[int]) -> Pipeline:
    """Logistic regression of scikit-learn, its regularisation as it comes: categories one by one, numbers standardised,
    what is missing at the median with a mark of its own. width: columns of the matrix.
    """
    # Slow to load, and needed only where a model is learned.
    from sklearn.compose import ColumnTransformer
    from sklearn.impute import SimpleImputer
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import OneHotEncoder, StandardScaler

    numbers = [place for place in range(width) if place not in categories]
    told = make_pipeline(
        SimpleImputer(strategy="median", add_indicator=True, keep_empty_features=True), StandardScaler()
    )
    coded = make_pipeline(
        SimpleImputer(strategy="constant", fill_value=-1, keep_empty_features=True),
        OneHotEncoder(handle_unknown="ignore", min_frequency=20),
    )
    columns = ColumnTransformer([("numbers", told, numbers), ("categories", coded, list(categories))])
    return make_pipeline(columns, LogisticRegression(max_iter=1_000))


def line(data: lightgbm.Dataset, matrix: Matrix, categories: Sequence[int]) -> list[lightgbm.Booster]:
    """A tree for each feature that says anything, their sum being the log-odds.

    data: the matrix with labels and weights; its labels are others afterwards.
    """
    added, usual = _added(matrix, data.get_label(), data.get_weight(), categories)
    telling = np.flatnonzero(np.ptp(added, axis=0) > 0)
    added[:, telling[:1]] += usual
    return [_tree(data, place, added[:, place]) for place in telling.tolist()]


def _added(matrix: Matrix, label: Any, weight: Any, categories: Sequence[int]) -> tuple[Floats, float]:
    """(rows, features) what each feature adds to a row's log-odds beside the mean over rows, and that mean."""
    # Beside scikit-learn, which is loaded no earlier.
    from threadpoolctl import threadpool_limits

    model = regression(matrix.shape[1], categories)
    with threadpool_limits(1):
        model.fit(matrix, label, logisticregression__sample_weight=weight)
    coded, coefficients = model[:-1].transform(matrix), model[-1].coef_[0]
    found = np.zeros(matrix.shape)
    for position, name in enumerate(model[:-1].get_feature_names_out()):
        column = coded[:, [position]]
        dense = column.toarray() if hasattr(column, "toarray") else column
        told = _COLUMN.search(name)
        if told is not None:
            found[:, int(told[1])] += coefficients[position] * dense[:, 0]
    means = np.average(found, axis=0, weights=weight)
    return found - means, float(model[-1].intercept_[0] + means.sum())


def _tree(data: lightgbm.Dataset, place: int, told: Floats) -> lightgbm.Booster:
    """What a feature adds, as a tree that splits by nothing else."""
    parameters: dict[str, Any] = {
        "objective": "regression", "num_leaves": _STEPS, "learning_rate": 1.0, "lambda_l2": 0.0,
        "min_child_samples": 1, "boost_from_average": False, "interaction_constraints": [[place]], "cat_smooth": 0.0,
        "cat_l2": 0.0, "min_data_per_group": 1, "max_cat_threshold": 256, "num_threads": 1, "deterministic": True,
        "force_row_wise": True, "verbosity": -1, "feature_pre_filter": False,
    }  # fmt: skip
    return lightgbm.train(parameters, data.set_label(told), 1)
