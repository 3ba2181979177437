"""The columns of a sheet: their names, types and places."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property, lru_cache

import numpy as np
import polars as pl

NUMBER, FLAG, TEXT = pl.Float64(), pl.Boolean(), pl.String()
"""What a column may be."""


class Columns:
    """Names in order, each a number, a flag or a text. Two that are one object are the same columns, so that whatever
    is worked out of them is worked out once.
    """

    def __init__(self, dtypes: Mapping[str, pl.DataType]) -> None:
        self.dtypes = dict(dtypes)
        self.places = {name: place for place, name in enumerate(self.dtypes)}
        self._taken: dict[tuple[str, ...], np.ndarray] = {}
        self._lacking: dict[tuple[str, ...], tuple[str, ...]] = {}
        self._fewer: dict[tuple[str, ...], Columns] = {}
        self._longer: dict[tuple[tuple[str, pl.DataType], ...], Columns] = {}

    def __len__(self) -> int:
        return len(self.places)

    def __contains__(self, name: str) -> bool:
        return name in self.places

    @cached_property
    def names(self) -> tuple[str, ...]:
        return tuple(self.places)

    @cached_property
    def texts(self) -> tuple[str, ...]:
        """Those that are texts."""
        return tuple(name for name, dtype in self.dtypes.items() if dtype == TEXT)

    @cached_property
    def flags(self) -> tuple[str, ...]:
        """Those that are yes or no."""
        return tuple(name for name, dtype in self.dtypes.items() if dtype == FLAG)

    @cached_property
    def kinds(self) -> Mapping[str, str]:
        """By name `text`, `flag` or `number`: comparing types of Polars costs more than reading a value."""
        kinds = {**dict.fromkeys(self.texts, "text"), **dict.fromkeys(self.flags, "flag")}
        return {name: kinds.get(name, "number") for name in self.dtypes}

    def taken(self, names: Sequence[str]) -> np.ndarray:
        """The places of these columns. Raises KeyError naming one that is not there."""
        key = tuple(names)
        found = self._taken.get(key)
        if found is None:
            found = self._taken[key] = np.array([self.places[name] for name in key], dtype=np.intp)
        return found

    def lacking(self, names: Sequence[str]) -> tuple[str, ...]:
        """Those of these names that are no columns here."""
        key = tuple(names)
        found = self._lacking.get(key)
        if found is None:
            found = self._lacking[key] = tuple(name for name in key if name not in self.places)
        return found

    def plus(self, dtypes: Mapping[str, pl.DataType]) -> Columns:
        """With further columns after these; one that is here already keeps its place."""
        key = tuple(dtypes.items())
        found = self._longer.get(key)
        if found is None:
            found = self._longer[key] = Columns(self.dtypes | dict(dtypes))
        return found

    def of(self, names: Iterable[str]) -> Columns:
        """Those of these names, in their order."""
        key = tuple(names)
        found = self._fewer.get(key)
        if found is None:
            found = self._fewer[key] = Columns({name: self.dtypes[name] for name in key})
        return found


def columns_of(dtypes: Mapping[str, pl.DataType]) -> Columns:
    """The same object for the same columns, so that what was worked out of them is not worked out again."""
    return _columns(tuple(dtypes.items()))


@lru_cache(maxsize=256)
def _columns(dtypes: tuple[tuple[str, pl.DataType], ...]) -> Columns:
    return Columns(dict(dtypes))
