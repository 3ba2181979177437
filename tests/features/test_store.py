"""Feast over the same rows: point-in-time joins from history, pushes and online reads on the hot path's values."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path

import numpy as np
import pandas as pd
import polars as pl
import pytest
import redis

from features.configuration import Configuration
from features.history import build, states_at
from features.home import Home
from features.hot import HotFeatures
from features.lake import import_history, read_customers, read_events
from features.store import apply, feast_store
from leads.errors import Unavailable
from leads.history import History
from tests.features.conftest import START, event, history_of


@pytest.fixture
def history(small: Configuration) -> History:
    return history_of(
        small,
        [
            event("quote.requested", 1, "a", product="health"),
            event("quote.requested", 5, "a", product="motor"),
            event("call.completed", 5, "b", talk_seconds=60.0),
            event("policy.purchased", 6, "a", product="motor", premium=3000.0),
        ],
        [
            {"customer_id": "a", "at": START, "age": 30.0, "region": "east"},
            {"customer_id": "a", "at": START + timedelta(days=4), "age": 31.0, "region": "west"},
            {"customer_id": "b", "at": START, "age": 50.0, "region": None},
        ],
    )


@pytest.fixture
def home(tmp_path: Path, small: Configuration, history: History) -> Home:
    made = Home.create(tmp_path / "home", small, history.observed_until)
    import_history(made, history)
    build(made)
    return made


def test_the_lake_gives_back_what_was_imported_once_however_often_it_was(home: Home, history: History) -> None:
    import_history(home, history)
    assert read_events(home).equals(history.events.sort("time", "id"))
    found = read_customers(home)
    assert found.select(history.customers.columns).equals(history.customers.sort("customer_id", "at"))


def test_the_lake_is_read_by_time(home: Home) -> None:
    part = read_events(home, since=START + timedelta(days=1), until=START + timedelta(days=5))
    assert part["type"].to_list() == ["quote.requested", "call.completed"]


def test_a_point_in_time_join_sees_the_state_and_the_tags_of_its_time(home: Home) -> None:
    store = apply(home)
    entities = pd.DataFrame({
        "customer_id": ["a", "a", "b"],
        "event_timestamp": [START + timedelta(days=days) for days in (3, 5, 4)],
    })  # fmt: skip
    wanted = ["profile:age", "interactions:quote_requested__last", "standing:motor__book__at"]
    found = store.get_historical_features(entity_df=entities, features=wanted).to_df()
    found = found.sort_values(["customer_id", "event_timestamp"]).reset_index(drop=True)
    assert found["age"].tolist() == [30.0, 31.0, 50.0]
    quoted = [(START + timedelta(days=days)).timestamp() * 1e6 for days in (1, 5)]
    assert found["quote_requested__last"].tolist()[:2] == quoted
    assert found["motor__book__at"].isna().all()


def test_trainings_that_register_at_the_same_time_leave_a_registry_that_can_be_read(home: Home) -> None:
    with ThreadPoolExecutor(4) as pool:
        stores = list(pool.map(lambda _: apply(home), range(8)))
    names = {view.name for view in stores[0].list_feature_views()}
    assert {view.name for view in feast_store(home).list_feature_views()} == names
    assert [path.name for path in home.registry.glob("*.d*")] == ["registry.db"]


def test_a_registry_that_cannot_be_read_is_written_anew(home: Home) -> None:
    apply(home)
    (home.registry / "registry.db").write_bytes(b"half of a registry")
    assert apply(home).list_feature_views()


def test_hot_rows_are_read_as_they_were_written(small: Configuration, engine: redis.Redis, history: History) -> None:
    hot = HotFeatures(small.layout)
    newest = history.customers.group_by("customer_id", maintain_order=True).last()
    states = [
        states_at(small.workspace, view, newest["customer_id"], history.events)
        for view in (small.layout.interactions, small.layout.standing)
    ]
    hot.write_profiles(engine, newest)
    hot.write_states(engine, ["a", "b"], *states, np.array([1.0, 2.0]))
    read = hot.read(engine, ["b", "nobody", "a"])
    assert read.known.tolist() == [True, False, True]
    assert read.profile.known("age") == [50.0, None, 31.0]
    np.testing.assert_array_equal(read.interactions[[2, 0]], states[0])
    np.testing.assert_array_equal(read.interactions[1], small.layout.interactions.blank)
    assert read.interactions_at.tolist()[::2] == [2.0, 1.0]


def test_rows_of_another_layout_are_refused_with_what_to_do(small: Configuration, engine: redis.Redis) -> None:
    engine.set("{nextlead}:interactions:a", b"\0" * 24)
    with pytest.raises(Unavailable, match="rebuild"):
        HotFeatures(small.layout).read(engine, ["a"])


def test_a_materialized_row_is_the_hot_paths_row(
    home: Home, small: Configuration, engine: redis.Redis, engine_url: str, history: History
) -> None:
    store = apply(home, engine_url)
    store.materialize(START - timedelta(days=1), START + timedelta(days=30))
    read = HotFeatures(small.layout).read(engine, ["a", "b"])
    expected = states_at(small.workspace, small.layout.interactions, pl.Series(["a", "b"]), history.events)
    np.testing.assert_allclose(read.interactions, expected, rtol=1e-12, equal_nan=True)
    assert read.profile.texts("region") == ["west", None]


def test_a_push_is_seen_by_feast_and_by_the_hot_path(
    home: Home, small: Configuration, engine: redis.Redis, engine_url: str
) -> None:
    store = apply(home, engine_url)
    row = dict.fromkeys(small.layout.interactions.columns, 0.0) | {"quote_requested__last": 7.0}
    pushed = pd.DataFrame([{"customer_id": "a", "at": START + timedelta(days=9), **row}])
    store.push("interactions_push", pushed)
    online = store.get_online_features(
        features=["interactions:quote_requested__last"], entity_rows=[{"customer_id": "a"}]
    ).to_dict()
    assert online["quote_requested__last"] == [7.0]
    position = small.layout.interactions.offsets["quote_requested__last"]
    assert HotFeatures(small.layout).read(engine, ["a"]).interactions[0, position] == 7.0


def test_an_older_push_does_not_replace_a_newer_row(
    home: Home, small: Configuration, engine: redis.Redis, engine_url: str
) -> None:
    store = apply(home, engine_url)
    for days, value in ((9, 7.0), (3, 1.0)):
        row = dict.fromkeys(small.layout.interactions.columns, value)
        store.push("interactions_push", pd.DataFrame([{"customer_id": "a", "at": START + timedelta(days=days), **row}]))
    assert HotFeatures(small.layout).read(engine, ["a"]).interactions[0, 0] == 7.0


def test_teardown_removes_the_rows(home: Home, engine: redis.Redis, engine_url: str) -> None:
    store = apply(home, engine_url)
    store.materialize(START - timedelta(days=1), START + timedelta(days=30))
    assert engine.keys("*interactions*")
    store.teardown()
    assert not engine.keys("*interactions*")
