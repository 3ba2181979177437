from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import polars as pl
import pytest

from leads.errors import InvalidInput, NotFound
from leads.history import History
from models.bundle import Bundle
from tests.training.small_insurer import UNTIL, WORKSPACE, Ready, Trained, home_in, simulated
from training.registry import Registry
from training.train import train

WITH_ENDS = WORKSPACE.replace("    horizon: 30d\n", "    horizon: 30d\n    ends: [complaint.opened]\n").replace(
    "moments: {every: 30d}", "moments: {every: 10d}"
)
"""Conversions are asked about often, and a complaint ends the wait."""


def test_what_can_be_learned_is_learned_and_promoted(trained: Trained) -> None:
    conversion = trained.results["conversion"]
    assert conversion.promoted, conversion.checks
    assert conversion.metrics["auc"] > 0.65
    assert conversion.metrics["baseline_auc"] < 0.6
    assert trained.results["renewal"].metrics["auc"] > 0.6
    assert trained.results["cross_sell"].metrics["auc"] > 0.6


def test_slices_are_measured_beside_the_whole(trained: Trained) -> None:
    metrics = trained.results["conversion"].metrics
    assert 0 < metrics["slices"]["north"]["rows"] < metrics["rows"]


def test_the_manifest_tells_what_was_learned_from(trained: Trained) -> None:
    manifest = Bundle.load(trained.results["conversion"].folder).manifest
    assert manifest.data_window.observed_until == UNTIL
    assert manifest.data_window.until <= UNTIL - timedelta(days=30)
    assert manifest.workspace == trained.home.configuration.workspace.digest


def test_the_card_speaks_both_languages(trained: Trained) -> None:
    text = (trained.results["conversion"].folder / "card.md").read_text(encoding="utf-8")
    assert "## 中文" in text
    assert "quote_requested" in text
    assert f"{trained.results['conversion'].metrics['auc']:.4f}" in text


def test_serving_finds_the_champions_in_one_small_file(trained: Trained) -> None:
    document = json.loads((trained.home.models / "aliases.json").read_text())
    assert document["conversion"] == {"champion": "1"}


def test_mlflow_holds_the_run_with_the_bundle(trained: Trained) -> None:
    client = Registry(trained.home).client
    version = client.get_model_version_by_alias("conversion", "champion")
    run = client.get_run(version.run_id)
    assert str(version.version) == "1"
    assert run.data.metrics["auc"] == pytest.approx(trained.results["conversion"].metrics["auc"])
    assert {item.path for item in client.list_artifacts(version.run_id)} == {"bundle", "report"}
    held = {item.path for item in client.list_artifacts(version.run_id, "bundle")}
    assert "bundle/manifest.json" in held


def test_the_same_seed_gives_the_same_model_and_it_does_not_beat_itself(tmp_path: Path, ready: Ready) -> None:
    home = ready(home_in(tmp_path, simulated(600)))
    now = datetime(2026, 6, 2, tzinfo=UTC)
    first, second = (train(home, "renewal", seed=3, threads=1, now=now) for _ in range(2))
    assert (first.folder / "model.txt").read_bytes() == (second.folder / "model.txt").read_bytes()
    assert (second.version, second.metrics) == ("2", first.metrics)
    assert Bundle.load(first.folder).manifest.parameters["seed"] == 3
    if first.promoted:
        assert second.checks[-1].name == "not_worse_than_champion_1"
        assert second.checks[-1].value == pytest.approx(0)


def test_until_gives_the_model_of_a_record_that_ends_there(tmp_path: Path, ready: Ready) -> None:
    history = simulated(600)
    until = UNTIL - timedelta(days=60)
    short = History(history.customers, history.events.filter(pl.col("time") <= until), until)
    cut = train(ready(home_in(tmp_path / "whole", history)), "renewal", until=until, threads=1)
    known = train(ready(home_in(tmp_path / "short", short)), "renewal", threads=1)
    assert (cut.folder / "model.txt").read_bytes() == (known.folder / "model.txt").read_bytes()


def test_what_settled_early_is_learned_from_and_judges_nothing(tmp_path: Path, ready: Ready) -> None:
    result = train(ready(home_in(tmp_path, simulated(600), WITH_ENDS)), "conversion", threads=1)
    bundle = Bundle.load(result.folder)
    assert bundle.manifest.data_window.until > UNTIL - timedelta(days=30)
    assert bundle.holdout()["at"].max() <= UNTIL - timedelta(days=30)
    assert "weighted for those" in (result.folder / "card.md").read_text(encoding="utf-8")


def test_no_labelled_rows_are_refused_with_the_reason(tmp_path: Path) -> None:
    home = home_in(tmp_path, simulated(20))
    with pytest.raises(InvalidInput, match=r"objectives.conversion = 0: labelled rows"):
        train(home, "conversion", until=UNTIL - timedelta(days=400))


def test_a_record_in_which_no_horizon_is_over_is_refused_whatever_settled_early(tmp_path: Path) -> None:
    home = home_in(tmp_path, simulated(200), WITH_ENDS)
    with pytest.raises(InvalidInput, match=r"objectives.conversion = 0: labelled rows"):
        train(home, "conversion", until=UNTIL - timedelta(days=310))


def test_labels_of_one_class_are_refused(tmp_path: Path) -> None:
    history = simulated(30)
    nothing = History(history.customers, history.events.clear(), UNTIL)
    with pytest.raises(InvalidInput, match=r"all .* rows are failures"):
        train(home_in(tmp_path, nothing), "conversion")


def test_an_unknown_objective_is_refused_with_those_there_are(trained: Trained) -> None:
    with pytest.raises((InvalidInput, NotFound), match="conversion, renewal, cross_sell"):
        train(trained.home, "churn")
