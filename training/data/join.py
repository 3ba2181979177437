"""The point-in-time join: features as they were at each moment.

The history that Feast's views are over (`features.history`) is looked up by row: which one was the last before each
moment is told by customers and times alone, and only those are read. It gives what `get_historical_features` gives,
in a thirtieth of its time.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import polars as pl
import pyarrow.parquet as pq
from numpy.typing import NDArray

from features.configuration import Configuration
from features.history import build, is_current
from features.home import Home
from features.layout import FeatureLayout
from features.registering import register
from features.slots import StateLayout
from features.value import feature_frame

CHUNK = 100_000
"""Moments joined at once. Bounds memory."""

NOTHING = -1
"""In the place of a row where nothing had happened yet."""

Progress = Callable[[str, float], None]
"""Told what is being done and the share of it that is done, 0 to 1."""


def current_history(home: Home) -> Path:
    """The home's history over all of the lake; it is built anew, and Feast told, when the lake has grown or the
    configuration asks for other states.
    """
    built = home.history / "profile" / "states.parquet"
    arrived = max((file.stat().st_mtime_ns for file in home.lake.glob("*/**/*.parquet")), default=0)
    if not is_current(home) or built.stat().st_mtime_ns < arrived:
        build(home)
        register(home)
    return home.history


def features_at(
    history: Path, configuration: Configuration, moments: pl.DataFrame, progress: Progress | None = None
) -> pl.DataFrame:
    """The features of each moment (`customer_id, at`), in their order; what is later changes nothing."""
    layout, frames = configuration.layout, []
    for start in range(0, len(moments), CHUNK):
        part = moments.slice(start, CHUNK)
        frames.append(_features_at(history, layout, part))
        if progress is not None:
            progress("join", min(1.0, (start + len(part)) / len(moments)))
    schema: dict[str, pl.DataType] = {"customer_id": pl.String()} | layout.schema
    return pl.concat(frames) if frames else pl.DataFrame(schema=schema)


def _features_at(history: Path, layout: FeatureLayout, moments: pl.DataFrame) -> pl.DataFrame:
    interactions, standing = (_states(history, state, moments) for state in (layout.interactions, layout.standing))
    profile = _profile(history, layout, moments)
    return feature_frame(
        layout, profile, interactions, standing, moments["at"].to_physical().cast(pl.Float64).to_numpy()
    )


def _profile(history: Path, layout: FeatureLayout, moments: pl.DataFrame) -> pl.DataFrame:
    """`customer_id` and what the profile view keeps; null where the customer was not known yet."""
    path = history / "profile" / "states.parquet"
    place = pl.Series("row", rows_before(path, moments)).replace(NOTHING, None)
    known = pl.read_parquet(path, columns=list(layout.kept_profile))
    return moments.select("customer_id").hstack(known.select(pl.all().gather(place)))


def _states(history: Path, layout: StateLayout, moments: pl.DataFrame) -> NDArray[np.float64]:
    """(n, width); the blank state where nothing had happened yet."""
    if not layout.columns:
        return np.empty((len(moments), 0))
    path = history / layout.name / "states.parquet"
    rows = rows_before(path, moments)
    out: NDArray[np.float64] = np.tile(layout.blank, (len(moments), 1))
    with pq.ParquetFile(path) as file:
        begin = 0
        for number in range(file.num_row_groups):
            end = begin + file.metadata.row_group(number).num_rows
            inside = np.flatnonzero((rows >= begin) & (rows < end))
            if len(inside):
                group = pl.DataFrame(pl.from_arrow(file.read_row_group(number, columns=list(layout.columns))))
                out[inside] = group.select(layout.columns)[rows[inside] - begin].to_numpy()
            begin = end
    counts = ~np.isnan(layout.blank)
    return np.where(np.isnan(out) & counts, layout.blank, out)


def rows_before(path: Path, moments: pl.DataFrame) -> NDArray[np.int64]:
    """Of each moment (`customer_id, at`) the row of a view that stood then, the last one at or before it."""
    asked = moments.select("customer_id", "at").with_row_index("moment").sort("at")
    view = pl.scan_parquet(path, row_index_name="row").select("row", "customer_id", "at")
    view = view.join(asked.lazy().select("customer_id").unique(), on="customer_id", how="semi")
    states = view.collect().sort("at", "row")
    found = asked.join_asof(states, on="at", by="customer_id", strategy="backward", check_sortedness=False)
    return found.sort("moment")["row"].cast(pl.Int64).fill_null(NOTHING).to_numpy()
