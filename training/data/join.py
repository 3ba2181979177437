"""The point-in-time join: features as they were at each moment, through Feast."""

from __future__ import annotations

import warnings
from collections.abc import Callable

import numpy as np
import polars as pl
from feast import FeatureService, FeatureStore

from features.configuration import Configuration
from features.history import build, is_current
from features.home import Home
from features.layout import FeatureLayout
from features.slots import StateLayout
from features.store import apply
from features.value import value_at

CHUNK = 20_000
"""Moments joined at once. Bounds memory: a join holds every earlier state of each moment's customer."""

Progress = Callable[[str, float], None]
"""Told what is being done and the share of it that is done, 0 to 1."""


def history_store(home: Home) -> FeatureStore:
    """The home's Feast store over all of the lake; its history is built anew when the lake has grown, or the
    configuration asks for other states.
    """
    built = home.history / "profile" / "states.parquet"
    arrived = max((file.stat().st_mtime_ns for file in home.lake.glob("*/**/*.parquet")), default=0)
    if not is_current(home) or built.stat().st_mtime_ns < arrived:
        build(home)
    return apply(home)


def features_at(
    store: FeatureStore, configuration: Configuration, objective: str, moments: pl.DataFrame,
    progress: Progress | None = None,
) -> pl.DataFrame:  # fmt: skip
    """The features of each moment (`customer_id, at`), in their order; what is later changes nothing."""
    service = store.get_feature_service(objective)
    frames = []
    for start in range(0, len(moments), CHUNK):
        part = moments.slice(start, CHUNK)
        frames.append(_features_at(store, service, configuration.layout, part))
        if progress is not None:
            progress("join", min(1.0, (start + len(part)) / len(moments)))
    schema: dict[str, pl.DataType] = {"customer_id": pl.String()} | configuration.layout.schema
    return pl.concat(frames) if frames else pl.DataFrame(schema=schema)


def _features_at(
    store: FeatureStore, service: FeatureService, layout: FeatureLayout, moments: pl.DataFrame
) -> pl.DataFrame:
    asked = moments.select("customer_id", pl.col("at").alias("event_timestamp")).with_row_index("__row")
    with warnings.catch_warnings():
        # Ibis still calls a method that DuckDB has renamed.
        warnings.filterwarnings("ignore", "fetch_arrow_table", DeprecationWarning)
        table = store.get_historical_features(entity_df=asked.to_pandas(), features=service).to_arrow()
    found = pl.DataFrame(pl.from_arrow(table)).sort("__row")
    profile = found.select("customer_id", *layout.kept_profile)
    interactions, standing = (_states(found, state) for state in (layout.interactions, layout.standing))
    return value_at(layout, profile, interactions, standing, moments["at"].to_physical().cast(pl.Float64).to_numpy())


def _states(found: pl.DataFrame, layout: StateLayout) -> np.ndarray:
    """(n, width); the blank state where nothing had happened yet."""
    if not layout.columns:
        return np.empty((len(found), 0))
    columns = (pl.col(name).cast(pl.Float64).fill_null(np.nan) for name in layout.columns)
    matrix = found.select(columns).to_numpy(order="c")
    counts = ~np.isnan(layout.blank)
    return np.where(np.isnan(matrix) & counts, layout.blank, matrix)
