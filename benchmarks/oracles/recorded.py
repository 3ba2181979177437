"""What the lake's files hold, row by row: readers leave out what stands there twice."""

from __future__ import annotations

from collections.abc import Set
from dataclasses import dataclass

import polars as pl

from features.home import Home
from features.lake_files import sources


@dataclass(frozen=True)
class Recorded:
    """Events of one kind in the lake's files against those that should be there.

    missing: should be there and are not. twice: stand in more than one row. strange: are there and never were sent.
    """

    expected: int
    missing: int
    twice: int
    strange: int


def rows(home: Home, folder: str, source: str) -> dict[str, int]:
    """Per id of a source, how many rows there are under `lake/<folder>`."""
    files = sorted((home.lake / folder).glob("date=*/*.parquet"))
    if not files:
        return {}
    found = (
        pl.scan_parquet(sources(files), hive_partitioning=False, missing_columns="insert", extra_columns="ignore")
        .filter(pl.col("source") == source)
        .group_by("id")
        .len()
        .collect()
    )
    return dict(found.rows())


def compared(found: dict[str, int], expected: Set[str], possible: Set[str]) -> Recorded:
    """possible: what may be there, such as what was sent and never answered.

    >>> compared({"a": 1, "b": 2, "x": 1}, {"a", "b", "c"}, {"a", "b", "c", "d"})
    Recorded(expected=3, missing=1, twice=1, strange=1)
    """
    twice = sum(count > 1 for count in found.values())
    return Recorded(len(expected), len(expected - found.keys()), twice, len(found.keys() - possible - expected))
