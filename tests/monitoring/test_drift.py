"""Drift is found where it is, and only there."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import numpy as np
import polars as pl
import pytest
import redis

from features.home import Home
from leads.errors import InvalidInput, NotFound
from models.bundle import Bundle, Contents
from monitoring.drift import PSI_LIMIT, drift
from monitoring.live import live_features, live_rows, sample_ids
from monitoring.report import monitor
from serving.composition import Composition, compose
from serving.settings import Settings
from tests.frames import sheet_of
from tests.serving.small_home import NOW, feature_frame, make_home


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Home:
    """A home whose models remember the population they were born with."""
    made = make_home(tmp_path_factory.mktemp("monitored"))
    sheet = sheet_of(feature_frame(made, NOW))
    for name in made.configuration.workspace.objectives:
        first = Bundle.load(made.models / name / "1")
        reference = live_rows(made.configuration, made.configuration.objective(name), first, sheet)
        text = {model: (first.folder / f"{model}.txt").read_text() for model in ("model", "baseline")}
        manifest = replace(first.manifest, version="2")
        Bundle.save(made.models / name / "2", Contents(manifest, **text, reference=reference, holdout=reference,
                                                       card="card"))  # fmt: skip
    aliases = {name: {"champion": "2"} for name in made.configuration.workspace.objectives}
    (made.models / "aliases.json").write_text(json.dumps(aliases))
    return made


@pytest.fixture
def parts(home: Home, engine: redis.Redis, engine_url: str) -> Iterator[Composition]:
    made = compose(Settings(home.folder, engine_url), engine_url)
    made.rebuild.run(NOW)
    yield made
    made.client.close()


@pytest.fixture
def bundle(home: Home) -> Bundle:
    return Bundle.load(home.models / "conversion" / "2")


def test_the_population_a_model_was_born_with_has_not_drifted(bundle: Bundle) -> None:
    found = drift("conversion", bundle, bundle.reference(), np.random.default_rng(1))
    assert found.drifted == []
    assert set(found.scores) == set(bundle.reference().columns)


def test_a_column_that_moved_is_named(bundle: Bundle) -> None:
    moved = bundle.reference().with_columns(pl.col("age") + 40)
    found = drift("conversion", bundle, moved, np.random.default_rng(1))
    assert found.drifted == ["age"]
    assert found.scores["age"] > PSI_LIMIT


def test_a_category_whose_shares_changed_is_named(bundle: Bundle) -> None:
    moved = bundle.reference().with_columns(pl.lit("east").alias("region"))
    assert drift("conversion", bundle, moved, np.random.default_rng(1)).drifted == ["region"]


def test_values_that_went_missing_are_told(bundle: Bundle) -> None:
    half = pl.when(pl.int_range(pl.len()) % 2 == 0).then("age").alias("age")
    found = drift("conversion", bundle, bundle.reference().with_columns(half), np.random.default_rng(1))
    assert found.missing["age"] == pytest.approx(0.5, abs=0.01)


def test_too_few_customers_say_nothing(bundle: Bundle) -> None:
    with pytest.raises(InvalidInput, match="at least 30"):
        drift("conversion", bundle, bundle.reference()[:29], np.random.default_rng(1))


def test_live_rows_are_what_the_hot_store_holds(parts: Composition, bundle: Bundle) -> None:
    ids = sample_ids(parts.contacts, 1_000, np.random.default_rng(1))
    sheet = live_features(parts.client, parts.hot, ids, NOW)
    objective = parts.configuration.objective("conversion")
    live = live_rows(parts.configuration, objective, bundle, sheet)
    assert live.sort(live.columns).equals(bundle.reference().sort(live.columns))


def test_a_sample_is_drawn_the_same_for_the_same_seed(parts: Composition) -> None:
    draws = [sample_ids(parts.contacts, 50, np.random.default_rng(3)) for _ in range(2)]
    assert draws[0] == draws[1]
    assert len(set(draws[0])) == 50


def test_monitoring_writes_a_report_per_objective_and_a_page_in_both_languages(parts: Composition) -> None:
    found = monitor(parts.home, parts.models, parts.contacts, parts.client, parts.hot, NOW)
    assert set(found["objectives"]) == {"conversion", "renewal", "cross_sell"}
    for finding in found["objectives"].values():
        assert "Plotly" in Path(finding["html"]).read_text(encoding="utf-8")
        assert json.loads(Path(finding["json"]).read_text(encoding="utf-8"))["metrics"]
    page = (parts.home.reports / "index.html").read_text(encoding="utf-8")
    assert "漂移报告 Drift report" in page


def test_time_that_passed_shows_as_drift(parts: Composition) -> None:
    later = monitor(parts.home, parts.models, parts.contacts, parts.client, parts.hot, NOW + timedelta(days=120))
    assert "quote_requested__since_last_days" in later["objectives"]["conversion"]["drifted"]


def test_without_a_model_monitoring_says_what_to_do(parts: Composition, tmp_path: Path) -> None:
    bare = make_home(tmp_path / "bare", 30)
    (bare.models / "aliases.json").unlink()
    other = compose(replace(parts.settings, home=bare.folder), parts.settings.redis_url or "")
    with pytest.raises(NotFound, match="nextlead train"):
        monitor(other.home, other.models, other.contacts, other.client, other.hot, NOW)
