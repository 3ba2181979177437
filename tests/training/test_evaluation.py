from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import polars as pl
import pytest

from features.adapters import read_files
from features.home import Home
from leads.errors import InvalidInput, NotFound
from leads.history import History
from tests.training.small_insurer import UNTIL, WORKSPACE, Ready, Trained, home_in, simulated
from training.evaluation import evaluate
from training.registry import Registry
from training.train import train

ADAPTER = '''
"""Reads two Parquet files."""

from datetime import UTC, datetime

import polars as pl

from leads.history import History


def read(files):
    customers, events = (pl.read_parquet(file) for file in files)
    return History(customers, events, datetime(2026, 6, 1, tzinfo=UTC))
'''


@pytest.fixture(scope="module")
def source(trained: Trained, tmp_path_factory: pytest.TempPathFactory) -> History:
    """Files of 300 customers the home has never seen."""
    (trained.home.workspace_folder / "adapter.py").write_text(ADAPTER)
    folder = tmp_path_factory.mktemp("source")
    history = simulated(300, seed=9)
    history.customers.write_parquet(folder / "customers.parquet")
    history.events.write_parquet(folder / "events.parquet")
    files = [folder / "customers.parquet", folder / "events.parquet"]
    return read_files(trained.home.configuration, files, UNTIL).history


def test_the_champion_is_measured_on_its_own_holdout(trained: Trained, tmp_path: Path) -> None:
    found = evaluate(trained.home, ["conversion"], predictions=tmp_path / "p.parquet")["conversion"]
    assert found["auc"] == trained.results["conversion"].metrics["auc"]
    assert found["seen_rows"] <= found["rows"]
    written = pl.read_parquet(tmp_path / "p.parquet")
    assert written.columns[:5] == ["customer_id", "at", "product", "probability", "label"]
    assert len(written) == found["rows"]


def test_a_holdout_in_blocks_is_measured_whole_and_its_last_block_beside_it(tmp_path: Path, ready: Ready) -> None:
    text = WORKSPACE.replace("split: {by: customer, holdout: 0.3}", "split: {holdout: 0.6, folds: 3, embargo: 0d}")
    home = ready(home_in(tmp_path, simulated(600), text))
    result = train(home, "renewal", threads=1)
    Registry(home).promote("renewal", result.version)
    found = evaluate(home, ["renewal"])["renewal"]
    assert found["auc"] == result.metrics["auc"]
    assert 0 < found["last_block"]["rows"] < found["rows"] / 2
    assert "last_block" not in evaluate(home, ["renewal"], since=UNTIL - timedelta(days=200))["renewal"]


def test_since_measures_later_rows_and_tells_what_was_known(trained: Trained, tmp_path: Path) -> None:
    since = UNTIL - timedelta(days=60)
    found = evaluate(trained.home, ["conversion"], since=since, predictions=tmp_path / "p.csv")["conversion"]
    written = pl.read_csv(tmp_path / "p.csv")
    assert written["at"].min() == "2026-04-02T00:00:00Z"
    assert written["label"].null_count() == found["censored_rows"] > 0
    assert len(written) == found["rows"] + found["censored_rows"]
    assert set(written["label"].drop_nulls()) == {0, 1}
    assert found["trained_until"] == "2026-06-01T00:00:00Z"
    assert found["seen_rows"] == found["rows"]


def test_a_source_is_scored_alone(trained: Trained, source: History, tmp_path: Path) -> None:
    before = sorted(path.name for path in trained.home.lake.rglob("*.parquet"))
    found = evaluate(trained.home, source=source, predictions=tmp_path / "p.parquet")
    assert found["conversion"]["auc"] > 0.6
    assert pl.read_parquet(tmp_path / "p.parquet")["customer_id"].n_unique() <= 300
    assert before == sorted(path.name for path in trained.home.lake.rglob("*.parquet"))


def test_predictions_need_a_kind_of_file_that_is_known(trained: Trained, tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match=r"\.csv or \.parquet"):
        evaluate(trained.home, ["conversion"], predictions=tmp_path / "p.xlsx")


def test_a_home_without_a_champion_is_told_so(tmp_path: Path) -> None:
    home: Home = home_in(tmp_path, simulated(20), WORKSPACE)
    with pytest.raises(NotFound, match="champion 'conversion'"):
        evaluate(home, ["conversion"])
    assert Registry(home).list() == []
