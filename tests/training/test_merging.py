"""Merging: one text in place of several forests, which says what they say together."""

from __future__ import annotations

import lightgbm
import numpy as np
import pytest

from models.encoding import Matrix
from models.forest import Forest
from training.merging import merged, text_of

WEIGHTS = (0.5, 0.3, 0.2)


@pytest.fixture(scope="module")
def matrix() -> Matrix:
    """Two numbers, one of them at times missing, and a category."""
    rng = np.random.default_rng(4)
    found = rng.normal(size=(600, 3)).astype(np.float32)
    found[::7, 1] = np.nan
    found[:, 2] = rng.integers(0, 5, 600)
    return found


@pytest.fixture(scope="module")
def forests(matrix: Matrix) -> list[lightgbm.Booster]:
    label = (matrix[:, 0] + np.where(matrix[:, 2] == 3, 1.5, 0) > 0).astype(float)
    data = lightgbm.Dataset(matrix, label, categorical_feature=[2], params={"verbosity": -1}, free_raw_data=False)
    return [
        lightgbm.train({"objective": "binary", "num_leaves": leaves, "verbosity": -1, "num_threads": 1}, data, leaves)
        for leaves in (2, 4, 9)
    ]


def test_a_merged_forest_says_the_weighted_sum_of_what_its_forests_say(
    matrix: Matrix, forests: list[lightgbm.Booster]
) -> None:
    whole = Forest(text_of(merged(forests, WEIGHTS)))
    for contributions in (False, True):
        each = [Forest(text_of(forest)).predict(matrix, not contributions, contributions) for forest in forests]
        together = sum(weight * said for weight, said in zip(WEIGHTS, each, strict=True))
        np.testing.assert_allclose(whole.predict(matrix, not contributions, contributions), together, atol=1e-12)


def test_a_merged_forest_names_the_features_that_its_forests_split_by(forests: list[lightgbm.Booster]) -> None:
    gains = merged(forests, WEIGHTS).feature_importance("gain")
    each = [weight * forest.feature_importance("gain") for weight, forest in zip(WEIGHTS, forests, strict=True)]
    np.testing.assert_allclose(gains, sum(each), rtol=1e-5)


def test_one_forest_alone_stays_as_it_is(forests: list[lightgbm.Booster]) -> None:
    assert merged(forests[:1], [1.0]) is forests[0]
