"""Rows of a sheet, as one matrix of numbers."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl

from leads.sheet.columns import FLAG, TEXT, Columns, columns_of

Words = Mapping[str, Sequence[str]]
"""By text column what its numbers stand for."""


@dataclass(frozen=True, eq=False)
class Sheet:
    """n rows: (columns, n) float64 `values`, NaN where a value is missing. A flag is 0 or 1, a text is its place among
    the `words` of its column.
    """

    columns: Columns
    values: np.ndarray
    words: Words

    @classmethod
    def blank(cls, columns: Columns, rows: int) -> Sheet:
        """Nothing is known yet; to be filled in by whoever makes it."""
        return cls(columns, np.full((len(columns), rows), np.nan), {})

    @classmethod
    def of(cls, frame: pl.DataFrame, names: Iterable[str] | None = None) -> Sheet:
        """All rows of a frame with its numbers, flags and texts; other columns are left out. names: those alone, as far
        as there are such columns, be it none.
        """
        schema = frame.schema
        asked = schema if names is None else [name for name in names if name in schema]
        dtypes = {name: kind for name in asked if (kind := _kind(schema[name])) is not None}
        values, words = np.empty((len(dtypes), len(frame))), {}
        plain = [name for name, kind in dtypes.items() if kind != TEXT]
        numbers = frame.select(pl.col(plain).cast(pl.Float64).fill_null(np.nan))
        for place, (name, kind) in enumerate(dtypes.items()):
            if kind == TEXT:
                words[name], values[place] = _words_of(frame.get_column(name))
            else:
                values[place] = numbers.get_column(name).to_numpy()
        return cls(columns_of(dtypes), values, words)

    @classmethod
    def of_rows(cls, columns: Columns, rows: Sequence[Mapping[str, Any]]) -> Sheet:
        """Rows as `rows` gives them; what one does not tell is missing."""
        values, words = np.empty((len(columns), len(rows))), {}
        for place, (name, kind) in enumerate(columns.dtypes.items()):
            told = [row.get(name) for row in rows]
            if kind == TEXT:
                words[name], values[place] = coded(told)
            else:
                values[place] = np.array(told, dtype=np.float64)
        return cls(columns, values, words)

    def __len__(self) -> int:
        return int(self.values.shape[1])

    def __contains__(self, name: str) -> bool:
        return name in self.columns.places

    def numbers(self, name: str) -> np.ndarray:
        """(n,) a column as it stands."""
        return np.asarray(self.values[self.columns.places[name]])

    def known(self, name: str) -> list[float | None]:
        """A column of numbers, None where it is missing."""
        return [None if value != value else value for value in self.numbers(name).tolist()]

    def texts(self, name: str) -> list[str | None]:
        """A column of texts, None where it is missing."""
        words = self.words.get(name, ())
        return [None if code != code else words[int(code)] for code in self.numbers(name).tolist()]

    def places(self, name: str, among: Sequence[str]) -> np.ndarray:
        """(n,) intp: where each text of a column stands among these; -1 where it is missing or none of them."""
        words, codes = self.words.get(name, ()), self.numbers(name)
        if tuple(words) == tuple(among):
            return np.where(np.isnan(codes), -1, codes).astype(np.intp)
        order = {word: place for place, word in enumerate(among)}
        known = np.array([*(order.get(word, -1) for word in words), -1], dtype=np.intp)
        return np.asarray(known[np.where(np.isnan(codes), len(words), codes).astype(np.intp)])

    def code(self, name: str, text: str) -> float:
        """What stands for a text in a column; -1 where it occurs nowhere."""
        words = self.words.get(name, ())
        return float(words.index(text)) if text in words else -1.0

    def selected(self, names: Sequence[str]) -> Sheet:
        """These columns."""
        return Sheet(self.columns.of(names), self.values[self.columns.taken(names)], self.words)

    def taken(self, rows: np.ndarray | Sequence[int]) -> Sheet:
        """These rows."""
        return Sheet(self.columns, self.values[:, np.asarray(rows)], self.words)

    def part(self, start: int, end: int) -> Sheet:
        """The rows from `start` until before `end`, not copied."""
        return Sheet(self.columns, self.values[:, start:end], self.words)

    def plus(self, dtypes: Mapping[str, pl.DataType], values: np.ndarray, words: Words | None = None) -> Sheet:
        """With further columns, (columns, n); one that is there already is told anew."""
        columns = self.columns.plus(dtypes)
        if len(columns) == len(self.columns) + len(dtypes):
            found = np.vstack([self.values, values])
        else:
            found = np.vstack([self.values, np.empty((len(columns) - len(self.columns), len(self)))])
            found[columns.taken(tuple(dtypes))] = values
        return Sheet(columns, found, {**self.words, **(words or {})})

    def plain_values(self, name: str) -> list[Any]:
        """A column as plain values, None where one is missing."""
        dtype = self.columns.dtypes[name]
        if dtype == TEXT:
            return list(self.texts(name))
        known = self.known(name)
        return [None if value is None else value != 0.0 for value in known] if dtype == FLAG else list(known)

    def value(self, name: str, row: int) -> Any:
        """One plain value, None where it is missing."""
        return self.plain(name, float(self.values[self.columns.places[name], row]))

    def plain(self, name: str, number: float) -> Any:
        """What a number stands for in a column, None where it is NaN."""
        if number != number:
            return None
        kind = self.columns.kinds[name]
        return self.words[name][int(number)] if kind == "text" else number != 0.0 if kind == "flag" else number

    def row(self, row: int) -> Mapping[str, Any]:
        """A row as plain values by column, of which only those are made that are asked for."""
        return _Row(self, row)

    def rows(self) -> list[dict[str, Any]]:
        """Each row as plain values by column, None where one is missing."""
        names = self.columns.names
        told = [self.plain_values(name) for name in names]
        return [dict(zip(names, row, strict=True)) for row in zip(*told, strict=True)]

    def frame(self, names: Sequence[str] | None = None) -> pl.DataFrame:
        """As Polars' frame, null where a value is missing."""
        names = self.columns.names if names is None else names
        return pl.DataFrame([self._series(name) for name in names])

    def _series(self, name: str) -> pl.Series:
        dtype = self.columns.dtypes[name]
        if dtype == TEXT:
            codes = pl.Series(self.numbers(name), nan_to_null=True).cast(pl.Int64)
            return pl.Series(self.words.get(name, ()), dtype=pl.String).gather(codes).alias(name)
        column = pl.Series(name, self.numbers(name), nan_to_null=True)
        return column.cast(pl.Boolean) if dtype == FLAG else column


def _words_of(column: pl.Series) -> tuple[Sequence[str], np.ndarray]:
    """The words of a column of texts, and each text's place among them."""
    told = column.drop_nulls().unique(maintain_order=True).cast(pl.String)
    codes = column.cast(pl.String).cast(pl.Enum(told)).to_physical()
    return tuple(told), codes.cast(pl.Float64).fill_null(np.nan).to_numpy()


class _Row(Mapping[str, Any]):
    def __init__(self, sheet: Sheet, row: int) -> None:
        self._sheet = sheet
        self._places = sheet.columns.places
        self._values: list[float] = sheet.values[:, row].tolist()

    def __getitem__(self, name: str) -> Any:
        return self._sheet.plain(name, self._values[self._places[name]])

    def get(self, name: str, default: Any = None) -> Any:
        place = self._places.get(name)
        return default if place is None else self._sheet.plain(name, self._values[place])

    def __iter__(self) -> Iterator[str]:
        return iter(self._places)

    def __len__(self) -> int:
        return len(self._places)


def coded(values: Sequence[str | None], words: Sequence[str] = ()) -> tuple[Sequence[str], np.ndarray]:
    """Texts as numbers: the words that stand behind them, those that are given first, and each text's place there."""
    place: dict[str | None, float] = {word: number for number, word in enumerate(words)}
    for value in dict.fromkeys(values):
        if value is not None:
            place.setdefault(value, len(place))
    count, place[None] = len(place), np.nan
    codes = np.array([place[value] for value in values], dtype=np.float64)
    return (words if count == len(words) else tuple(word for word in place if word is not None)), codes


def _kind(dtype: pl.DataType) -> pl.DataType | None:
    if dtype == pl.Boolean:
        return FLAG
    if dtype in (pl.String, pl.Categorical, pl.Enum):
        return TEXT
    return pl.Float64() if dtype.is_numeric() or dtype == pl.Null else None
