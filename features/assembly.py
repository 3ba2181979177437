"""NumPy matrices and Polars frames, cheaply turned into each other for one row and for a million."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
import polars as pl

_FEW = 32
"""Up to so many rows are read row by row: a query over many columns costs more."""

_WIDE = 16
"""So many times more columns than rows are turned over whole: building them one by one costs 3 µs each."""


def number_frame(names: Sequence[str], values: np.ndarray) -> pl.DataFrame:
    """A column per name from an (n, names) matrix of floats or booleans; NaN becomes null."""
    if not names:
        return pl.DataFrame()
    count = len(values)
    if 0 < count <= len(names) // _WIDE:
        return pl.DataFrame(values.T, nan_to_null=True).transpose(column_names=list(names))
    whole = pl.Series(values.T.reshape(-1), nan_to_null=True)
    return pl.DataFrame([whole.slice(i * count, count).alias(name) for i, name in enumerate(names)])


def flag_frame(names: Sequence[str], values: np.ndarray) -> pl.DataFrame:
    """A Boolean column per name from an (n, names) matrix of numbers; NaN becomes null."""
    return pl.DataFrame([column.cast(pl.Boolean) for column in number_frame(names, values)])


def numbers_of(frame: pl.DataFrame, names: Sequence[str]) -> np.ndarray:
    """Numbers and booleans of a frame: (n, names) float64, NaN where null."""
    part = frame[list(names)]
    if len(part) <= _FEW:
        return np.array(part.rows(), np.float64).reshape(len(part), len(names))
    return part.cast(pl.Float64).to_numpy()


def side_by_side(parts: Iterable[pl.DataFrame]) -> pl.DataFrame:
    """The columns of all parts, which have rows in common and no names."""
    return pl.concat([part for part in parts if part.width], how="horizontal")


def in_order(parts: Iterable[pl.DataFrame], names: Iterable[str]) -> pl.DataFrame:
    """The parts side by side, with their columns in the order of `names`."""
    return side_by_side(parts)[list(names)]
