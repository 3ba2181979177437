"""From codes to words: polars series whose strings are shared, not copied."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import polars as pl

from simulator.arrays import Array


def spelled(codes: Array, words: Sequence[str] | pl.Series) -> pl.Series:
    """The word of each code; null where the code is negative."""
    index = pl.Series(codes, dtype=pl.Int32)
    return pl.Series(words, dtype=pl.String).gather(index.set(index < 0, None))


def names(prefix: str, count: int, digits: int) -> pl.Series:
    """So many identifiers, counted from 1.

    >>> names("C", 2, 7).to_list()
    ['C0000001', 'C0000002']
    """
    return prefix + pl.Series(np.arange(1, count + 1)).cast(pl.String).str.zfill(digits)


def times(microseconds: Array) -> pl.Series:
    """UTC times."""
    return pl.Series(np.asarray(microseconds, np.int64)).cast(pl.Datetime("us")).dt.replace_time_zone("UTC")


def amounts(values: Array, digits: int) -> pl.Series:
    """Numbers, null where they are not a number."""
    return pl.Series(values).cast(pl.Float64).round(digits).fill_nan(None)


def flags(codes: Array) -> pl.Series:
    """Booleans from 0 and 1; null where the code is negative."""
    index = pl.Series(codes, dtype=pl.Int32)
    return pl.Series([False, True]).gather(index.set(index < 0, None))
