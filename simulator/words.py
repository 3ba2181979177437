"""From codes to words: polars series whose strings are shared, not copied."""

from __future__ import annotations

import numpy as np
import polars as pl

from simulator.arrays import Array

TIME = pl.Datetime("us", "UTC")


def spelled(codes: Array, words: tuple[str, ...]) -> pl.Series:
    """The word of each code; null where the code is negative."""
    index = pl.Series(codes, dtype=pl.Int32)
    return pl.Series(words, dtype=pl.String).gather(index.set(index < 0, None))


def numbered(prefix: str, numbers: Array, digits: int) -> pl.Series:
    """Identifiers such as C0000001; null where the number is negative."""
    value = pl.Series("n", numbers, dtype=pl.Int64)
    text = pl.concat_str(pl.lit(prefix), pl.col("n").cast(pl.String).str.zfill(digits))
    return pl.select(pl.when(value >= 0).then(value).alias("n")).select(text).to_series()


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
