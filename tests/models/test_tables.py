"""Small trees as tables say what LightGBM says of the same text, to the last bit."""

from __future__ import annotations

from typing import Any

import lightgbm
import numpy as np
import pytest
from numpy.typing import NDArray

from models.forest import MANY, Forest
from models.tables import MOST_LEAVES, tables_of

CATEGORY = 3
KINDS: dict[str, dict[str, Any]] = {
    "missing": {},
    "without missing": {"use_missing": False},
    "zero as missing": {"zero_as_missing": True},
    "as large as can be": {"num_leaves": MOST_LEAVES},
    "stumps": {"num_leaves": 2},
}


def rows(count: int, seed: int) -> NDArray[np.float64]:
    """Numbers with zeros and gaps among them, and 40 categories."""
    rng = np.random.default_rng(seed)
    matrix = rng.normal(size=(count, 4)).astype(np.float32).astype(np.float64)
    matrix[rng.random((count, 4)) < 0.2] = 0.0
    matrix[:, CATEGORY] = rng.integers(0, 40, count)
    matrix[rng.random((count, 4)) < 0.1] = np.nan
    return matrix


def trained(**more: Any) -> lightgbm.Booster:
    matrix = rows(3_000, 5)
    seen = np.nan_to_num(matrix)
    label = (seen[:, 0] + seen[:, 1] * (seen[:, CATEGORY] % 3) + np.isnan(matrix[:, 2]) > 0.4).astype(int)
    told = {"objective": "binary", "num_leaves": 5, "verbosity": -1, "num_threads": 1, "min_data_per_group": 5}
    data = lightgbm.Dataset(matrix, label, categorical_feature=[CATEGORY], params=told | more)
    return lightgbm.train(told | more, data, 40)


def hard(booster: lightgbm.Booster) -> NDArray[np.float32]:
    """Rows that stand on thresholds, are infinite, or have categories that never occurred."""
    matrix = rows(5_000, 6).astype(np.float32)
    nodes = booster.trees_to_dataframe().dropna(subset=["threshold"])
    numbers = nodes[nodes["decision_type"] == "<="]
    for place, (name, threshold) in enumerate(zip(numbers["split_feature"], numbers["threshold"], strict=True)):
        near = np.float32(np.clip(threshold, -1e30, 1e30))
        matrix[3 * place : 3 * place + 3, int(name.split("_")[1])] = [near, np.nextafter(near, np.float32(9)), -near]
    matrix[-20:-10, :3] = np.repeat([[np.inf], [-np.inf]], 5, axis=0)
    matrix[-10:, CATEGORY] = [-1, -0.5, 2.5, 41, 63, 64, 1e6, -1e6, 0, 39]
    return matrix


@pytest.mark.parametrize("kind", KINDS)
def test_tables_say_what_lightgbm_says(kind: str) -> None:
    booster = trained(**KINDS[kind])
    matrix, tables = hard(booster), tables_of(booster.model_to_string())
    assert tables is not None
    np.testing.assert_array_equal(tables.predict(matrix), booster.predict(matrix, raw_score=True, num_threads=1))


def test_one_row_and_many_have_the_same_score() -> None:
    booster = trained()
    forest, matrix = Forest(booster.model_to_string()), hard(booster)[: 2 * MANY]
    one_by_one = [forest.predict(matrix[row : row + 1], raw_score=True)[0] for row in range(len(matrix))]
    assert forest.predict(matrix, raw_score=True).tolist() == one_by_one


def test_a_forest_that_never_asks_says_the_same_of_everybody() -> None:
    booster = trained(min_data_in_leaf=3_000)
    tables = tables_of(booster.model_to_string())
    assert tables is not None
    np.testing.assert_array_equal(tables.predict(hard(booster)), booster.predict(hard(booster), raw_score=True))


def test_greater_trees_and_trees_of_lines_have_no_tables() -> None:
    assert tables_of(trained(num_leaves=MOST_LEAVES + 1).model_to_string()) is None
    assert tables_of(trained(linear_tree=True).model_to_string()) is None
    assert tables_of(trained(boosting="rf", bagging_freq=1, bagging_fraction=0.5).model_to_string()) is None
