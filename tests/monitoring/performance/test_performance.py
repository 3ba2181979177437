"""Performance by cohorts: expected, early and judged, right on data whose labels are known."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import numpy as np
import polars as pl
import pytest

from models.bundle import Bundle
from monitoring.performance.calibration import calibration
from monitoring.performance.delays import Delays, early_rate
from monitoring.performance.expected import auc_of, expected_auc, expected_precision, expected_rate
from monitoring.performance.performance import performance
from monitoring.population.sample import Sample
from tests.training.small_insurer import UNTIL, Trained
from training.ranking import auc

RNG = np.random.default_rng(11)


def test_of_calibrated_probabilities_what_is_expected_comes_true() -> None:
    """Over many data sets with known labels, the estimates are right on average and their intervals hold 95%."""
    held = {"rate": 0, "auc": 0, "precision": 0}
    errors = []
    for trial in range(60):
        rng = np.random.default_rng(trial)
        probability = rng.beta(1.2, 8, size=600)
        label = (rng.random(600) < probability).astype(float)
        estimate = expected_auc(probability, rng)
        precision = expected_precision(probability, rng)
        rate = expected_rate(probability, rng)
        assert estimate is not None and precision is not None
        came = auc(label, probability)
        errors.append(estimate.value - came)
        held["auc"] += estimate.low <= came <= estimate.high
        held["rate"] += rate.low <= label.mean() <= rate.high
        order = np.argsort(-probability)
        hits = np.cumsum(label[order]) / np.arange(1, 601)
        found = float((hits * label[order]).sum() / label.sum())
        held["precision"] += precision.low <= found <= precision.high
    assert abs(np.mean(errors)) < 0.01
    assert all(count >= 52 for count in held.values())


def test_probabilities_that_are_wrong_show_beside_what_came_true() -> None:
    probability = np.clip(RNG.beta(1.2, 8, size=2_000) * 2.5, 0, 1)
    label = RNG.random(2_000) < probability / 2.5
    rate = expected_rate(probability, RNG)
    assert not rate.low <= label.mean() <= rate.high


def test_the_expected_auc_of_two_rows_is_their_one_pairs_chance() -> None:
    value = auc_of(np.array([0.2, 0.6]))
    assert value == pytest.approx(0.6 * 0.8 / (0.6 * 0.8 + 0.2 * 0.4))


def test_nothing_is_expected_of_rows_that_are_all_certain() -> None:
    assert auc_of(np.ones(5)) is None


def censored(age_days: float, size: int = 4_000) -> tuple[pl.DataFrame, Delays]:
    """Rows of one age with a rate of 0.3 and delays that are even over 30 days, and delays of settled rows."""
    rng = np.random.default_rng(3)
    delay = rng.uniform(0, 30, size)
    succeeds = rng.random(size) < 0.3
    rows = pl.DataFrame({
        "customer_id": [f"c{place}" for place in range(size)],
        "age": pl.Series([timedelta(days=age_days)] * size),
        "succeeded": succeeds & (delay <= age_days),
    })  # fmt: skip
    settled = pl.Series([timedelta(days=float(days)) for days in rng.uniform(0, 30, 500)])
    return rows, Delays(settled)


@pytest.mark.parametrize("age", [10, 20, 29])
def test_a_cohort_that_is_not_over_is_told_early_without_bias(age: float) -> None:
    rows, delays = censored(age)
    found = early_rate(rows, delays, timedelta(days=30), RNG)
    assert found is not None
    assert rows["succeeded"].mean() < 0.3 * age / 30 + 0.02  # type: ignore[operator]
    assert found[1] < 0.3 < found[2]


def test_a_cohort_that_has_hardly_begun_is_told_nothing_of() -> None:
    rows, delays = censored(3)
    assert early_rate(rows, delays, timedelta(days=30), RNG) is None


def test_without_known_delays_nothing_is_told_early() -> None:
    rows, _ = censored(20)
    assert early_rate(rows, Delays(pl.Series([timedelta(days=1)] * 5)), timedelta(days=30), RNG) is None


def test_cohorts_are_judged_once_their_horizon_is_over(trained: Trained) -> None:
    objective = trained.home.configuration.objective("conversion")
    bundle = Bundle.load(trained.results["conversion"].folder)
    early = bundle.manifest.data_window
    window = replace(early, until=UNTIL - timedelta(days=100))
    before = replace(bundle, manifest=replace(bundle.manifest, data_window=window))
    found = performance(Sample.of(trained.home, UNTIL), objective, before)
    judged = [cohort for cohort in found["cohorts"] if cohort["state"] == "judged"]
    waiting = [cohort for cohort in found["cohorts"] if cohort["state"] != "judged"]
    assert len(judged) >= 8
    assert all(cohort["ends"] <= (UNTIL - timedelta(days=29)).isoformat() for cohort in judged)
    assert all(cohort["came_true"] is not None and not cohort["censored"] for cohort in judged)
    assert all(cohort["came_true"] is None and cohort["censored"] for cohort in waiting)
    assert found["cohorts"] == sorted(found["cohorts"], key=lambda cohort: cohort["begins"])


def test_moments_that_were_learned_from_are_judged_by_nobody(trained: Trained) -> None:
    objective = trained.home.configuration.objective("conversion")
    bundle = Bundle.load(trained.results["conversion"].folder)
    found = performance(Sample.of(trained.home, UNTIL), objective, bundle)
    learned = bundle.manifest.data_window.until.isoformat()[:10]
    assert all(cohort["ends"] > learned for cohort in found["cohorts"])


def test_calibration_is_of_rows_kept_back_until_there_are_labels(trained: Trained) -> None:
    bundle = Bundle.load(trained.results["conversion"].folder)
    none = pl.DataFrame(schema={"label": pl.Int8(), "probability": pl.Float64()})
    kept = calibration(bundle, none)
    assert kept is not None and kept["source"] == "training"
    probability = RNG.uniform(0, 1, 3_000)
    labels = pl.DataFrame({"label": (RNG.random(3_000) < probability).astype(np.int8), "probability": probability})
    since = calibration(bundle, labels)
    assert since is not None and since["source"] == "since"
    assert since["error"] < 0.05
    assert all(one["low"] <= one["found"] <= one["high"] for one in since["bins"])
