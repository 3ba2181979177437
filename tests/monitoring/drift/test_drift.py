"""Drift is found where it is, over several windows, and where the score moves with it."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from features.configuration import Configuration
from leads.errors import InvalidInput
from models.bundle import Bundle
from monitoring.drift.details import saved
from monitoring.drift.drift import Drift, drift
from monitoring.population.windows import Window
from tests.training.small_insurer import UNTIL, Trained

Change = Callable[[pl.DataFrame], pl.DataFrame]

TELLING = "quote_requested__count_30d"
"""What the small insurer's conversions depend on."""


@pytest.fixture
def bundle(trained: Trained) -> Bundle:
    return Bundle.load(trained.results["conversion"].folder)


def seen(trained: Trained, bundle: Bundle, *changes: Change, size: int = 300) -> Drift:
    """What is found when windows are drawn from the reference, each changed."""
    rng, reference = np.random.default_rng(4), bundle.reference()
    found = []
    for place, change in enumerate(changes):
        rows = change(reference[rng.choice(len(reference), size)])
        rows = rows.with_columns(pl.Series("probability", bundle.predict(rows)))
        at = UNTIL + timedelta(hours=8 * place)
        found.append(Window(rows, at, at))
    configuration: Configuration = trained.home.configuration
    return drift(configuration, configuration.objective("conversion"), bundle, found)


def same(rows: pl.DataFrame) -> pl.DataFrame:
    return rows


def more(rows: pl.DataFrame) -> pl.DataFrame:
    return rows.with_columns(pl.col(TELLING) + 1.5)


def test_the_population_that_a_model_was_born_with_has_not_drifted(trained: Trained, bundle: Bundle) -> None:
    assert seen(trained, bundle, same, same, same).drifted == []


def test_a_column_that_moved_in_every_window_and_moves_the_score_is_named(trained: Trained, bundle: Bundle) -> None:
    found = seen(trained, bundle, more, more, more)
    assert TELLING in found.drifted
    told = next(column for column in found.columns if column.column == TELLING)
    assert min(told.moved) > 0.1
    assert "↑" in told.change["en"]


def test_the_probability_that_moves_with_it_is_named_too(trained: Trained, bundle: Bundle) -> None:
    assert "probability" in seen(trained, bundle, more, more, more).drifted


def test_a_column_that_moved_in_the_last_window_alone_has_no_verdict(trained: Trained, bundle: Bundle) -> None:
    found = seen(trained, bundle, same, same, more)
    assert found.drifted == []
    assert next(column for column in found.columns if column.column == TELLING).over


def test_a_column_that_moves_no_score_has_no_verdict(trained: Trained, bundle: Bundle) -> None:
    quiet = min(bundle.manifest.encoding.names, key=lambda name: _gain(bundle, name))

    def moved(rows: pl.DataFrame) -> pl.DataFrame:
        value = pl.lit("south") if rows.schema[quiet] == pl.String else pl.col(quiet).fill_null(0.0) + 1e6
        return rows.with_columns(value.alias(quiet))

    assert quiet not in seen(trained, bundle, moved, moved, moved).drifted


def _gain(bundle: Bundle, name: str) -> float:
    gains = bundle.model.feature_importance("gain")
    return float(gains[bundle.manifest.encoding.names.index(name)])


def test_values_that_went_missing_are_told(trained: Trained, bundle: Bundle) -> None:
    half = pl.when(pl.int_range(pl.len()) % 2 == 0).then("age").alias("age")
    found = seen(trained, bundle, same, same, lambda rows: rows.with_columns(half))
    assert next(column for column in found.columns if column.column == "age").missing_change == pytest.approx(
        0.5, abs=0.02
    )


def test_segments_tell_where_the_probability_moved(trained: Trained, bundle: Bundle) -> None:
    north = pl.when(pl.col("region") == "north").then(pl.col(TELLING) + 1.5).otherwise(TELLING).alias(TELLING)
    found = seen(trained, bundle, *[lambda rows: rows.with_columns(north)] * 3)
    moved = {segment["segment"]: segment["psi"] for segment in found.segments}
    assert moved["north"] > 0.2


def test_too_few_rows_say_nothing(trained: Trained, bundle: Bundle) -> None:
    with pytest.raises(InvalidInput, match="at least 100"):
        seen(trained, bundle, same, same, same, size=40)
    with pytest.raises(InvalidInput, match="windows"):
        seen(trained, bundle, same)


def test_the_details_call_drifted_what_has_a_verdict_and_nothing_else(
    trained: Trained, bundle: Bundle, tmp_path: Path
) -> None:
    for found in (seen(trained, bundle, more, more, more), seen(trained, bundle, same, same, more)):
        html, document, _ = saved(found, tmp_path)
        metrics = json.loads(document.read_text(encoding="utf-8"))["metrics"]
        counted = next(metric for metric in metrics if metric["metric_name"].startswith("DriftedColumnsCount"))
        assert counted["value"]["count"] == len(found.drifted)
        assert "Plotly" in html.read_text(encoding="utf-8")
        scores = {metric["metric_name"].partition("column=")[2].partition(",method")[0]: metric["value"]
                  for metric in metrics if metric["metric_name"].startswith("ValueDrift")}  # fmt: skip
        labels = {f"{column.label['zh']} {column.label['en']}": column.psi[-1] for column in found.columns}
        assert all(value == pytest.approx(labels[name], abs=1e-9) for name, value in scores.items() if name in labels)


def test_columns_stand_under_their_labels(trained: Trained, bundle: Bundle) -> None:
    labels = {column.column: column.label for column in seen(trained, bundle, same, same, same).columns}
    assert labels["probability"] == {"zh": "模型给出的概率", "en": "the model's probability"}
    assert labels[TELLING]["en"] == "quote.requested, number (half-life 30 days)"


def test_an_older_bundle_is_compared_with_its_own_reference(trained: Trained, bundle: Bundle) -> None:
    older = replace(bundle, manifest=replace(bundle.manifest, version="0"))
    assert seen(trained, older, same, same, same).answer()["version"] == "0"
