from __future__ import annotations

import numpy as np
import polars as pl
import pytest

from leads.errors import InvalidInput
from models.encoding import Encoding, encoding_of

FRAME = pl.DataFrame(
    {"n": [1.5, None, float("nan")], "b": [True, False, None], "c": ["x", "new", None], "more": [1, 2, 3]}
)
ENCODING = Encoding((("c", "String"), ("n", "Float64"), ("b", "Boolean")), {"c": ("y", "x")})


def test_numbers_flags_and_categories_become_floats_in_the_order_of_the_features() -> None:
    expected = [[1, 1.5, 1], [np.nan, np.nan, 0], [np.nan, np.nan, np.nan]]
    np.testing.assert_array_equal(ENCODING.matrix(FRAME), np.array(expected, np.float32))


def test_one_row_and_many_rows_come_to_the_same() -> None:
    many = pl.concat([FRAME] * 100)
    by_row = np.concatenate([ENCODING.matrix(many[i : i + 1]) for i in range(len(many))])
    np.testing.assert_array_equal(ENCODING.matrix(many), by_row)


def test_no_rows_are_no_error() -> None:
    assert ENCODING.matrix(FRAME.clear()).shape == (0, 3)


def test_a_missing_feature_is_named() -> None:
    with pytest.raises(InvalidInput, match="'b'"):
        ENCODING.matrix(FRAME.drop("b"))


@pytest.mark.parametrize("rows", [1, 100])
def test_texts_where_numbers_belong_are_refused_by_name(rows: int) -> None:
    frame = pl.DataFrame({"n": ["many"] * rows, "b": [True] * rows, "c": ["x"] * rows})
    with pytest.raises(InvalidInput, match="'n'"):
        ENCODING.matrix(frame)


def test_the_hash_tells_order_types_and_categories_apart() -> None:
    others = [
        Encoding(ENCODING.features[::-1], ENCODING.categories),
        Encoding((("c", "String"), ("n", "Boolean"), ("b", "Boolean")), ENCODING.categories),
        Encoding(ENCODING.features, {"c": ("x", "y")}),
    ]
    assert len({encoding.hash for encoding in (ENCODING, *others)}) == 4


def test_declared_values_keep_their_order_and_open_ones_are_sorted_and_bounded() -> None:
    frame = pl.DataFrame({"a": ["q", "p", "p"], "b": ["z", "y", "y"]})
    encoding = encoding_of(frame, ["a", "b"], {"a": ("q", "p", "r")}, most=1)
    assert encoding.categories == {"a": ("q", "p", "r"), "b": ("y",)}
