"""A forest says what LightGBM's own package says of the same text, to the last bit."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import lightgbm
import numpy as np
import pytest

from models.forest import Forest, NotAForest


@pytest.fixture(scope="module")
def booster() -> lightgbm.Booster:
    """Of three numbers and a category, with values missing."""
    rng = np.random.default_rng(5)
    matrix = rng.normal(size=(400, 4))
    matrix[:, 3] = rng.integers(0, 5, 400)
    matrix[rng.random((400, 4)) < 0.1] = np.nan
    label = (np.nan_to_num(matrix[:, 0]) + rng.normal(size=400) > 0).astype(int)
    data = lightgbm.Dataset(matrix, label, categorical_feature=[3])
    return lightgbm.train({"objective": "binary", "verbosity": -1, "num_threads": 1}, data, 20)


@pytest.mark.parametrize("asked", [{}, {"raw_score": True}, {"pred_contrib": True}])
@pytest.mark.parametrize("rows", [0, 1, 300])
def test_it_predicts_what_the_package_predicts(booster: lightgbm.Booster, asked: dict[str, bool], rows: int) -> None:
    forest = Forest(booster.model_to_string())
    matrix = np.random.default_rng(6).normal(size=(rows, 4)).astype(np.float32)
    found = forest.predict(matrix, num_threads=1, **asked)
    if rows:
        np.testing.assert_array_equal(found, booster.predict(matrix, num_threads=1, **asked))
    assert len(found) == rows
    np.testing.assert_array_equal(forest.feature_importance("gain"), booster.feature_importance("gain"))


def test_several_threads_may_ask_at_once(booster: lightgbm.Booster) -> None:
    forest = Forest(booster.model_to_string())
    matrix = np.random.default_rng(7).normal(size=(50, 4)).astype(np.float32)
    alone = forest.predict(matrix, num_threads=1)
    with ThreadPoolExecutor(4) as pool:
        for found in pool.map(lambda _: forest.predict(matrix, num_threads=1), range(64)):
            np.testing.assert_array_equal(found, alone)


def test_what_is_no_model_and_rows_of_another_width_are_refused(booster: lightgbm.Booster) -> None:
    with pytest.raises(NotAForest):
        Forest("nothing that was trained")
    with pytest.raises(ValueError, match="3 columns"):
        Forest(booster.model_to_string()).predict(np.zeros((1, 3), np.float32))
