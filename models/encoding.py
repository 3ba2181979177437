"""Feature frames as numbers for LightGBM: one ordered list, the same in training and in serving."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache

import numpy as np
import polars as pl
from numpy.typing import NDArray

from features.products import Expansion, is_added
from leads.errors import InvalidInput
from leads.sheet.columns import TEXT, Columns
from leads.sheet.sheet import Sheet

Matrix = NDArray[np.float32]

NUMBER, BOOLEAN, CATEGORY = "Float64", "Boolean", "String"
"""Dtypes a feature may have, by their Polars names."""

_REMEMBERED = 64
"""So many kinds of sheet are known to fit before they are checked again."""


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

    def matrix(self, source: Sheet | pl.DataFrame, rows: NDArray[np.intp] | None = None) -> Matrix:
        """(rows, features), C order. More columns are fine; a missing one is InvalidInput. rows: these alone."""
        sheet = source if isinstance(source, Sheet) else Sheet.of(source, self.names)
        if not self.features:
            return np.zeros((len(sheet) if rows is None else len(rows), 1), np.float32)
        self._check(sheet.columns)
        places = sheet.columns.taken(self.names)
        block = sheet.values[places] if rows is None else sheet.values[places[:, None], rows]
        for position in self.category_positions:
            name = self.names[position]
            codes = _recoding(tuple(self.categories[name]), tuple(sheet.words.get(name, ())))
            block[position] = codes[np.where(np.isnan(block[position]), -1, block[position]).astype(np.intp)]
        with np.errstate(over="ignore"):
            return np.ascontiguousarray(block.T, dtype=np.float32)

    def expanded(self, rows: Expansion, chosen: NDArray[np.intp]) -> Matrix:
        """The matrix of the chosen rows of an expansion: each of its two sheets is encoded once, then rows are
        taken from them.
        """
        matrix = np.zeros((len(chosen), max(len(self.features), 1)), np.float32)
        own = rows.row[chosen]
        parts = ((rows.sheet, own), (rows.added, chosen))
        for (encoding, positions), (sheet, taken) in zip(self._parts, parts, strict=True):
            if encoding.features:
                few = len(taken) < len(sheet)
                matrix[:, positions] = encoding.matrix(sheet, taken) if few else encoding.matrix(sheet)[taken]
        return matrix

    def _check(self, columns: Columns) -> None:
        """Raises InvalidInput for columns that are missing or of another type."""
        if columns in self._fitting:
            return
        missing = set(self.names).difference(columns.places)
        if missing:
            raise InvalidInput("features", sorted(missing), "each is a feature of the model and must be a column")
        mistyped = [name for name, dtype in self.features if (dtype == CATEGORY) != (columns.dtypes[name] == TEXT)]
        if mistyped:
            raise InvalidInput("features", mistyped, "the dtypes of the model's features")
        if len(self._fitting) >= _REMEMBERED:
            self._fitting.clear()
        self._fitting.add(columns)

    @cached_property
    def _fitting(self) -> set[Columns]:
        """Columns that are known to fit."""
        return set()

    @cached_property
    def _parts(self) -> list[tuple[Encoding, list[int]]]:
        """The features of the customer and those that expansion adds, each with their positions."""
        found = []
        for wanted in (False, True):
            positions = [i for i, name in enumerate(self.names) if is_added(name) is wanted]
            found.append((Encoding(tuple(self.features[i] for i in positions), self.categories), positions))
        return found

    @cached_property
    def _coded(self) -> tuple[str, ...]:
        return tuple(name for name, dtype in self.features if dtype == CATEGORY)


@lru_cache(maxsize=4096)
def _recoding(values: tuple[str, ...], words: tuple[str, ...]) -> NDArray[np.float64]:
    """Of each word its code among a category's values, NaN where it has none; NaN at the end, for what is missing."""
    place = {value: float(code) for code, value in enumerate(values)}
    return np.array([*(place.get(word, np.nan) for word in words), np.nan])


def encoding_of(
    frame: pl.DataFrame, names: list[str], declared: Mapping[str, tuple[str, ...]], most: int = 200
) -> Encoding:
    """The encoding of a training frame's columns.

    declared: closed sets of values, whose order is kept; other categories take the values that occur, in
    order of their text, at most the `most` frequent.
    """
    features = tuple((name, feature_dtype(name, frame.schema[name])) for name in names)
    categories: dict[str, tuple[str, ...]] = {}
    for name, dtype in features:
        if dtype == CATEGORY:
            categories[name] = tuple(declared.get(name) or _values(frame[name], most))
    return Encoding(features, categories)


def _values(series: pl.Series, most: int) -> list[str]:
    counted = series.drop_nulls().value_counts().sort("count", series.name, descending=[True, False])
    return sorted(counted[series.name].head(most).to_list())


def feature_dtype(name: str, dtype: pl.DataType) -> str:
    """What a column of this type is as a feature. Raises InvalidInput where it is none."""
    if dtype == pl.String:
        return CATEGORY
    if dtype == pl.Boolean:
        return BOOLEAN
    if dtype.is_numeric():
        return NUMBER
    raise InvalidInput(name, str(dtype), f"a feature is one of {NUMBER}, {BOOLEAN}, {CATEGORY}")
