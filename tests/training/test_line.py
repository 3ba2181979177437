"""The line: a logistic regression in trees, a feature each."""

from __future__ import annotations

import lightgbm
import numpy as np
import pytest

from models.encoding import Matrix
from training.line import line, regression
from training.merging import merged

Sample = tuple[Matrix, np.ndarray]


@pytest.fixture(scope="module")
def sample() -> Sample:
    """A number that tells, one at times missing whose absence tells, a category that tells, and one of no news."""
    rng = np.random.default_rng(6)
    matrix = rng.normal(size=(3_000, 4)).astype(np.float32)
    absent = rng.random(3_000) < 0.3
    matrix[:, 2] = rng.integers(0, 4, 3_000)
    log_odds = matrix[:, 0] + np.where(absent, 1.0, 0.0) + np.where(matrix[:, 2] == 1, -1.0, 0.3)
    matrix[absent, 1] = np.nan
    return matrix, (rng.random(3_000) < 1 / (1 + np.exp(-log_odds))).astype(float)


def trees(sample: Sample) -> list[lightgbm.Booster]:
    matrix, label = sample
    data = lightgbm.Dataset(
        matrix, label, weight=np.ones(len(label)), categorical_feature=[2], free_raw_data=False,
        params={"verbosity": -1, "feature_pre_filter": False},
    )  # fmt: skip
    return line(data, matrix, [2])


def test_the_trees_say_what_the_regression_says(sample: Sample) -> None:
    matrix, label = sample
    fitted = regression(4, [2]).fit(matrix, label).decision_function(matrix)
    found = trees(sample)
    said = merged(found, [1.0] * len(found)).predict(matrix, raw_score=True)
    assert np.corrcoef(said, fitted)[0, 1] > 0.995
    assert np.abs(said - fitted).mean() < 0.05 * np.std(fitted)


def test_each_tree_splits_by_its_own_feature_alone(sample: Sample) -> None:
    used = [np.flatnonzero(tree.feature_importance("split")).tolist() for tree in trees(sample)]
    assert used == [[0], [1], [2], [3]]


def test_a_feature_that_is_the_same_for_all_has_no_tree(sample: Sample) -> None:
    matrix, label = sample
    flat = matrix.copy()
    flat[:, 3] = 1.0
    assert len(trees((flat, label))) == 3
