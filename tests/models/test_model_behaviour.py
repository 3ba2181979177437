"""What a trained model must do, whatever its insides: invariance, direction, least quality."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import polars as pl
import pytest

from features.configuration import Configuration
from models.encoding import Encoding, encoding_of
from tests.training.small_insurer import home_in, simulated
from training.data.dataset import Dataset, Record, model_features, training_set
from training.data.proof import proof
from training.data.splits import split
from training.merging import text_of
from training.model import Learner, Rows, Settings
from training.model_selection import Trial, trial
from training.ranking import auc
from training.recipe import BLENDS, OF_STUMPS, Boosted, Recipe


@dataclass(frozen=True)
class Modelled:
    data: Dataset
    encoding: Encoding
    rows: Rows
    trial: Trial
    model: object

    def predict(self, frame: pl.DataFrame) -> np.ndarray:
        raw = self.model.predict(self.encoding.matrix(frame), raw_score=True)
        return self.trial.calibrator.apply(raw)


def modelled(data: Dataset, configuration: Configuration, seed: int = 7, threads: int = 1) -> Modelled:
    encoding = encoding_of(data.rows, model_features(configuration, data.objective), {})
    label, weight = data.keys["label"].cast(pl.Float64).to_numpy(), data.keys["weight"].to_numpy()
    rows = Rows(encoding.matrix(data.rows), label, weight)
    learner = Learner(encoding.names, encoding.category_positions, seed, threads)
    parts = split(data.objective, data.keys, data.over, data.episode)
    tried = trial(learner, rows, parts, proof(data.objective, data.keys, parts))
    return Modelled(data, encoding, rows, tried, tried.recipe.model(learner, rows))


@pytest.fixture(scope="module")
def record(tmp_path_factory: pytest.TempPathFactory) -> Record:
    return Record.of(home_in(tmp_path_factory.mktemp("behaviour"), simulated(1_500)))


@pytest.fixture(scope="module")
def conversion(record: Record) -> Modelled:
    data = training_set(record, record.configuration.objective("conversion"), seed=7)
    return modelled(data, record.configuration)


@pytest.fixture(scope="module")
def renewal(record: Record) -> Modelled:
    data = training_set(record, record.configuration.objective("renewal"), seed=7)
    return modelled(data, record.configuration)


def test_the_order_of_rows_changes_no_prediction(conversion: Modelled) -> None:
    order = np.random.default_rng(0).permutation(len(conversion.data))
    frame = conversion.data.rows
    np.testing.assert_array_equal(conversion.predict(frame[order]), conversion.predict(frame)[order])


def test_the_order_of_events_in_the_source_changes_nothing(record: Record) -> None:
    objective = record.configuration.objective("conversion")
    mixed = record.events.sample(fraction=1, shuffle=True, seed=1)
    shuffled = Record(record.configuration, record.history, mixed, record.customers.reverse(), record.until)
    first, second = (training_set(one, objective, seed=7) for one in (record, shuffled))
    assert first.keys.equals(second.keys)
    assert first.rows.equals(second.rows)


def test_threads_change_the_speed_and_not_the_model(conversion: Modelled) -> None:
    encoding, rows = conversion.encoding, conversion.rows
    blend = Recipe(Boosted(Settings(7, 20), 20), Boosted(OF_STUMPS, 20), BLENDS[-1])
    many = np.arange(60_000) % len(rows)
    for recipe, few in (
        (blend, rows),
        (Recipe(Boosted(Settings(7, 20), 5)), Rows(rows.matrix[many], rows.label[many], rows.weight[many])),
    ):
        texts = {
            text_of(recipe.model(Learner(encoding.names, encoding.category_positions, 7, threads), few))
            for threads in (1, 2)
        }
        assert len(texts) == 1


def test_more_quotes_make_a_purchase_more_likely(conversion: Modelled) -> None:
    rows = conversion.data.rows[:500]
    quoted = {"quote_requested__count_30d": 1.0, "quote_requested__motor__count_30d": 1.0,
              "any__count_30d": 1.0, "quote_requested__since_last_days": 1.0, "any__since_last_days": 1.0,
              "quote_requested__motor__since_last_days": 1.0}  # fmt: skip
    silent = {name: 0.0 if "count" in name else None for name in quoted}
    more, less = (
        conversion.predict(rows.with_columns(pl.lit(value, pl.Float64).alias(name) for name, value in given.items()))
        for given in (quoted, silent)
    )
    assert more.mean() > 1.5 * less.mean()


def test_a_complaint_makes_renewal_less_likely(renewal: Modelled) -> None:
    rows = renewal.data.rows
    calm = {"complaint_opened__count_90d": 0.0, "complaint_opened__since_last_days": None}
    angry = {"complaint_opened__count_90d": 1.0, "complaint_opened__since_last_days": 10.0}
    high, low = (
        renewal.predict(rows.with_columns(pl.lit(value, pl.Float64).alias(name) for name, value in given.items()))
        for given in (calm, angry)
    )
    assert high.mean() > low.mean() + 0.1


def test_what_plays_no_part_moves_little(conversion: Modelled) -> None:
    rows = conversion.data.rows
    north, south = (conversion.predict(rows.with_columns(pl.lit(v).alias("region"))) for v in ("north", "south"))
    assert np.abs(north - south).mean() < 0.2 * north.mean()


def test_rows_not_seen_are_ranked_well_and_rightly_sized(conversion: Modelled) -> None:
    tried = conversion.trial
    label = conversion.rows.label[tried.holdout]
    assert auc(label, tried.log_odds) > 0.65
    assert tried.probability.mean() == pytest.approx(label.mean(), rel=0.3)


def test_noise_alone_is_not_taken_for_knowledge(record: Record) -> None:
    data = training_set(record, record.configuration.objective("renewal"), seed=7)
    mixed = data.keys["label"].sample(fraction=1, shuffle=True, seed=5)
    noise = Dataset(data.objective, data.keys.with_columns(mixed), data.rows, data.until)
    found = modelled(noise, record.configuration)
    label = found.rows.label[found.trial.holdout]
    assert 0.38 < auc(label, found.trial.log_odds) < 0.62
    assert found.trial.probability.std() < 0.12


def test_rare_successes_drawn_in_excess_still_get_honest_probabilities(record: Record) -> None:
    objective = record.configuration.objective("cross_sell")
    sampled = modelled(training_set(record, replace(objective, max_rows=3_000), seed=7), record.configuration)
    whole = training_set(record, replace(objective, max_rows=1_000_000), seed=7)
    assert sampled.data.keys["weight"].max() > 1
    assert sampled.predict(whole.rows).mean() == pytest.approx(whole.keys["label"].mean(), rel=0.3)
