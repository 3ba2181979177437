"""Feature frames as numbers for LightGBM: one ordered list, the same in training and in serving."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from features.products import Expansion, is_added
from leads.errors import InvalidInput

Matrix = NDArray[np.float32]

NUMBER, BOOLEAN, CATEGORY = "Float64", "Boolean", "String"
"""Dtypes a feature may have, by their Polars names."""

_FEW = 48
"""Up to so many rows, reading them one by one is faster than a Polars query over a hundred columns."""


@dataclass(frozen=True)
class Encoding:
    """Ordered features with their dtypes, and the values of each category in the order of their codes.

    In the matrix a number stands for itself, a boolean is 0 or 1, a category is its code; a missing value and
    a category never seen in training are NaN. float32 in training and serving alike, so that both fall on the
    same side of every split.
    """

    features: tuple[tuple[str, str], ...]
    categories: Mapping[str, tuple[str, ...]]

    @cached_property
    def names(self) -> tuple[str, ...]:
        return tuple(name for name, _ in self.features)

    @cached_property
    def hash(self) -> str:
        """sha256 over names, dtypes, order and categories: the same hash reads the same matrix."""
        content = [
            list(map(list, self.features)),
            {name: list(self.categories[name]) for name in self._coded},
        ]
        return hashlib.sha256(json.dumps(content, ensure_ascii=False, sort_keys=True).encode()).hexdigest()

    @cached_property
    def category_positions(self) -> list[int]:
        return [position for position, (_, dtype) in enumerate(self.features) if dtype == CATEGORY]

    def matrix(self, frame: pl.DataFrame) -> Matrix:
        """(rows, features), C order. More columns are fine; a missing one is InvalidInput."""
        columns = frame.columns
        missing = set(self.names).difference(columns)
        if missing:
            raise InvalidInput("features", sorted(missing), "each is a feature of the model and must be a column")
        if not self.features:
            return np.zeros((len(frame), 1), np.float32)
        try:
            return self._few(frame, columns) if len(frame) <= _FEW else self._many(frame)
        except (pl.exceptions.PolarsError, ValueError, TypeError) as error:
            reason = f"the dtypes of the model's features: {error}"
            raise InvalidInput("features", self._mistyped(frame), reason) from error

    def expanded(self, rows: Expansion, chosen: NDArray[np.intp]) -> Matrix:
        """The matrix of the chosen rows of an expansion: each of its two frames is encoded once, then rows are
        taken from them.
        """
        matrix = np.zeros((len(chosen), max(len(self.features), 1)), np.float32)
        parts = ((rows.frame, rows.row[chosen]), (rows.added, chosen))
        for (encoding, positions), (frame, taken) in zip(self._halves, parts, strict=True):
            if encoding.features:
                matrix[:, positions] = encoding.matrix(frame)[taken]
        return matrix

    @cached_property
    def _halves(self) -> list[tuple[Encoding, list[int]]]:
        """The features of the customer and those that expansion adds, each with their positions."""
        halves = []
        for wanted in (False, True):
            positions = [i for i, name in enumerate(self.names) if is_added(name) is wanted]
            halves.append((Encoding(tuple(self.features[i] for i in positions), self.categories), positions))
        return halves

    def _few(self, frame: pl.DataFrame, columns: list[str]) -> Matrix:
        place = {name: position for position, name in enumerate(columns)}
        take = [place[name] for name in self.names]
        codes = self._codes
        rows: list[list[Any]] = []
        for source in frame.rows():
            row = [source[position] for position in take]
            for position, code in codes:
                row[position] = code.get(row[position])
            rows.append(row)
        return np.array(rows, np.float32).reshape(len(frame), len(take))

    def _many(self, frame: pl.DataFrame) -> Matrix:
        return frame.select(self._expressions).to_numpy(order="c")

    def _mistyped(self, frame: pl.DataFrame) -> list[str]:
        texts = [name for name, dtype in self.features if dtype != CATEGORY and frame.schema[name] == pl.String]
        return texts or [str(frame.select(self.names).schema)]

    @cached_property
    def _coded(self) -> tuple[str, ...]:
        return tuple(name for name, dtype in self.features if dtype == CATEGORY)

    @cached_property
    def _codes(self) -> list[tuple[int, dict[Any, float]]]:
        return [
            (
                position,
                {value: float(code) for code, value in enumerate(self.categories[self.names[position]])},
            )
            for position in self.category_positions
        ]

    @cached_property
    def _expressions(self) -> list[pl.Expr]:
        return [
            _code(name, self.categories[name]) if dtype == CATEGORY else pl.col(name).cast(pl.Float32)
            for name, dtype in self.features
        ]


def _code(name: str, values: tuple[str, ...]) -> pl.Expr:
    known = pl.col(name).cast(pl.String).cast(pl.Enum(values), strict=False)
    return known.to_physical().cast(pl.Float32)


def encoding_of(
    frame: pl.DataFrame, names: list[str], declared: Mapping[str, tuple[str, ...]], most: int = 200
) -> Encoding:
    """The encoding of a training frame's columns.

    declared: closed sets of values, whose order is kept; other categories take the values that occur, in
    order of their text, at most the `most` frequent.
    """
    features = tuple((name, _dtype(name, frame.schema[name])) for name in names)
    categories: dict[str, tuple[str, ...]] = {}
    for name, dtype in features:
        if dtype == CATEGORY:
            categories[name] = tuple(declared.get(name) or _values(frame[name], most))
    return Encoding(features, categories)


def _values(series: pl.Series, most: int) -> list[str]:
    counted = series.drop_nulls().value_counts().sort("count", series.name, descending=[True, False])
    return sorted(counted[series.name].head(most).to_list())


def _dtype(name: str, dtype: pl.DataType) -> str:
    if dtype == pl.String:
        return CATEGORY
    if dtype == pl.Boolean:
        return BOOLEAN
    if dtype.is_numeric():
        return NUMBER
    raise InvalidInput(name, str(dtype), f"a feature is one of {NUMBER}, {BOOLEAN}, {CATEGORY}")
