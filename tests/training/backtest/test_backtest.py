"""Backtests of a small insurer: what each window is learned from, what it is compared with, and how it is kept."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from features.home import Home
from leads.errors import InvalidInput
from tests.training.small_insurer import Trained
from training.backtest.backtest import Backtest, backtest
from training.backtest.keeping import keep
from training.backtest.rivals import Asked, Known, days_since, recency
from training.backtest.words import METHODS, markdown, verdict
from training.data.dataset import Record, training_set
from training.learning import Chance
from training.registry import Registry

CHANCE = Chance(7, 1)
NAMES = {"model", "static_tags", "constant", "recency", "logistic_regression", "default_lightgbm"}


@pytest.fixture(scope="module")
def found(small_home: Home) -> Backtest:
    return backtest(small_home, "conversion", count=3, chance=CHANCE)


def test_each_window_is_learned_for_from_what_was_settled_when_it_began(found: Backtest) -> None:
    windows = found.document["windows"]
    assert len(windows) == 3
    for window in windows:
        assert window["learned_until"] + timedelta(days=30) <= window["from"] <= window["until"]
    for before, after in pairwise(windows):
        assert before["until"] < after["from"]
        assert before["learned_rows"] < after["learned_rows"]


def test_the_judged_rows_are_those_of_training_with_their_labels(found: Backtest, record: Record) -> None:
    data = training_set(record, record.configuration.objective("conversion"), 7)
    judged = found.predictions.join(data.keys, on=["customer_id", "at"], how="left")
    assert judged["label"].to_list() == judged["label_right"].to_list()
    assert (judged["at"] + timedelta(days=30) <= record.until).all()
    assert len(judged) >= 0.45 * len(data)


def test_every_way_to_predict_is_told_for_every_window_on_the_same_rows(found: Backtest) -> None:
    for window in [*found.document["windows"], found.document["overall"]]:
        assert window["methods"].keys() == NAMES == METHODS.keys()
        assert window["gains"].keys() == NAMES - {"model"}
    for window in found.document["windows"]:
        assert window["methods"]["constant"]["auc"] == 0.5
        assert window["methods"]["constant"]["captured_at_20pct"] == pytest.approx(0.2)
    assert np.isfinite(found.predictions.select(NAMES).to_numpy()).all()


def test_what_quotes_tell_is_found_and_static_tags_do_not_know_it(found: Backtest) -> None:
    overall = found.document["overall"]
    assert overall["methods"]["model"]["auc"] > 0.65
    assert overall["gains"]["static_tags"]["auc_interval"][0] > 0.05
    assert overall["gains"]["constant"]["average_precision_interval"][0] > 0
    assert overall["methods"]["recency"]["auc"] > 0.6


def test_a_call_is_worth_the_margin_of_what_was_bought(found: Backtest) -> None:
    methods = found.document["overall"]["methods"]
    everybody = methods["constant"]["value_per_call_at_20pct"]
    assert 0 < everybody < 300 * found.document["overall"]["rate"]
    assert methods["model"]["value_per_call_at_10pct"] > 2 * everybody


def test_parts_of_the_population_are_told_apart(found: Backtest) -> None:
    assert [(group["by"], group["group"]) for group in found.document["groups"]] == [("slice", "north")]
    north = found.document["groups"][0]
    assert 0 < north["judged_rows"] < found.document["overall"]["judged_rows"]


def test_where_rows_have_no_order_in_time_folds_are_judged_and_windows_refused(small_home: Home) -> None:
    told = backtest(small_home, "cross_sell", chance=CHANCE).document
    assert (told["in_time"], told["split"], len(told["windows"])) == (False, "folds", 3)
    with pytest.raises(InvalidInput, match="split by folds"):
        backtest(small_home, "cross_sell", count=4, chance=CHANCE)


def test_nothing_after_the_end_that_is_asked_for_is_used(small_home: Home) -> None:
    end = datetime(2026, 3, 1, tzinfo=UTC)
    told = backtest(small_home, "conversion", count=2, until=end, chance=CHANCE)
    assert told.predictions["at"].max() <= end - timedelta(days=30)
    assert told.document["observed_until"] == end


def test_it_is_kept_as_files_and_as_a_run(trained: Trained, found: Backtest, tmp_path: Path) -> None:
    keep(trained.home, found, datetime(2026, 6, 2, tzinfo=UTC), tmp_path)
    folder = tmp_path / "conversion"
    document = json.loads((folder / "backtest.json").read_text("utf-8"))
    assert document["overall"]["methods"]["model"]["auc"] == found.document["overall"]["methods"]["model"]["auc"]
    assert pl.read_parquet(folder / "predictions.parquet").equals(found.predictions)
    assert {path.suffix for path in folder.iterdir()} == {".json", ".md", ".parquet", ".png"}
    registry = Registry(trained.home)
    runs = registry.client.search_runs([registry.experiment()], "tags.study = 'backtest'")
    assert runs[0].data.metrics["auc"] == pytest.approx(document["overall"]["methods"]["model"]["auc"])
    assert {item.path for item in registry.client.list_artifacts(runs[0].info.run_id, "backtest")} >= {
        "backtest/backtest.json", "backtest/auc.png",
    }  # fmt: skip


def test_it_says_in_both_languages_what_is_beyond_chance(found: Backtest) -> None:
    said = verdict(found.document)
    assert "Better than static tags only: AUC +0." in said["en"]
    assert "优于仅静态标签：AUC +0." in said["zh"]
    assert said["zh"] in markdown(found.document) and said["en"] in markdown(found.document)


def test_whoever_did_something_last_comes_first_and_whoever_did_nothing_last() -> None:
    days = np.array([0.1, 1.0, 5.0, 30.0, np.nan] * 40)
    label = np.array([1.0, 1.0, 1.0, 0.0, 0.0] * 40)
    matrix = np.zeros((200, 1), np.float32)
    known = Known(matrix, days, label, np.ones(200), ())
    order = recency(known, Asked(matrix[:4], np.array([0.5, np.nan, 3.0, 60.0])), 1)
    assert order is not None
    assert np.argsort(-order).tolist() == [0, 2, 3, 1]
    assert recency(Known(matrix, None, label, np.ones(200), ()), Asked(matrix, None), 1) is None


def test_days_are_counted_from_the_last_event_of_any_type() -> None:
    rows = pl.DataFrame(
        {"a__since_last_days": [5.0, None, None], "b__since_last_days": [2.0, 3.0, None], "age": [1.0] * 3}
    )
    found = days_since(rows)
    assert found is not None and found.tolist()[:2] == [2.0, 3.0] and np.isnan(found[2])
    assert days_since(rows.select("age")) is None
