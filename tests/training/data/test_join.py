"""The point-in-time join: what Feast's own join gives, row by row."""

from __future__ import annotations

from datetime import datetime, timedelta

import numpy as np
import polars as pl
import pytest
from polars.testing import assert_frame_equal

from features.home import Home
from features.store import apply
from training.data.dataset import Record
from training.data.join import NOTHING, features_at, rows_before

VIEWS = ("profile", "interactions", "standing")


def asked(record: Record) -> pl.DataFrame:
    """Moments of all kinds: at an event, between two, long before and after everything, and of a stranger."""
    drawn = record.events.sample(300, seed=5).select("customer_id", pl.col("time").alias("at"))
    apart = [drawn.with_columns(pl.col("at") + timedelta(seconds=seconds)) for seconds in (0, 1, -1, 86_400 * 30)]
    edges = pl.DataFrame(
        {
            "customer_id": [drawn["customer_id"][0]] * 2 + ["nobody"],
            "at": [record.until - timedelta(days=9_000), record.until, record.until],
        },
        schema=drawn.schema,
    )
    return pl.concat([*apart, edges]).sample(fraction=1.0, shuffle=True, seed=6)


@pytest.mark.filterwarnings("ignore:fetch_arrow_table:DeprecationWarning")
def test_each_view_gives_the_rows_that_feast_joins(record: Record, small_home: Home) -> None:
    store, moments = apply(small_home), asked(record)
    service = store.get_feature_service(next(iter(record.configuration.workspace.objectives)))
    entities = moments.rename({"at": "event_timestamp"}).with_row_index("__row").to_pandas()
    joined = pl.DataFrame(
        pl.from_arrow(store.get_historical_features(entity_df=entities, features=service).to_arrow())
    ).sort("__row")
    for view in VIEWS:
        path = record.history / view / "states.parquet"
        rows = rows_before(path, moments)
        states = pl.read_parquet(path).drop("customer_id", "at")
        found = states.select(pl.all().gather(pl.Series(rows).replace(NOTHING, None)))
        assert_frame_equal(found, joined.select(found.columns), check_dtypes=False)


def test_the_order_of_moments_and_the_rows_beside_them_change_nothing(record: Record) -> None:
    moments = asked(record)
    whole = features_at(record.history, record.configuration, moments)
    order = np.random.default_rng(7).permutation(len(moments))[: len(moments) // 2]
    assert_frame_equal(features_at(record.history, record.configuration, moments[order]), whole[order])


def test_nothing_is_known_before_a_customer_is(record: Record) -> None:
    early = pl.DataFrame(
        {"customer_id": record.events["customer_id"][:1], "at": [datetime(1990, 1, 1, tzinfo=record.until.tzinfo)]},
        schema={"customer_id": pl.String(), "at": record.events.schema["time"]},
    )
    for view in VIEWS:
        assert rows_before(record.history / view / "states.parquet", early).tolist() == [NOTHING]
    assert features_at(record.history, record.configuration, early)["age"].to_list() == [None]
