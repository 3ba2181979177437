from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from leads.configuration.objective import Prior
from models.calibrator import Floats, logit, sigmoid
from models.prior_shift import PriorShift, unknown
from tests.training.small_insurer import WORKSPACE, Ready, home_in, simulated
from training.batch import score
from training.calibration import fit_within
from training.evaluation import evaluate
from training.metrics import ece
from training.prior import Correction
from training.registry import Registry
from training.train import train

START = datetime(2026, 1, 1, tzinfo=UTC)
HOW = Correction(Prior((timedelta(days=2), timedelta(days=60)), 1.0), horizon=timedelta(hours=1))


def moved(days: int, each: int, shift: float, seed: int = 3) -> tuple[pl.DataFrame, Floats]:
    """Rows of so many days, and what a model says that knows nothing of the shift in the later half."""
    rng = np.random.default_rng(seed)
    day = np.repeat(np.arange(days), each)
    log_odds = rng.normal(-2.0, 0.7, days * each)
    truth = sigmoid(log_odds + np.where(day >= days // 2, shift, 0.0))
    at = [START + timedelta(days=int(d), minutes=i % each) for i, d in enumerate(day)]
    label = (rng.random(len(day)) < truth).astype(np.int8)
    return pl.DataFrame({"at": at, "label": label, "weight": np.ones(len(day))}), sigmoid(log_odds)


def test_a_rate_that_moves_is_followed() -> None:
    rows, said = moved(days=60, each=60, shift=1.8)
    later = rows["at"].to_numpy() >= np.datetime64("2026-02-05")
    label, weight = rows["label"].to_numpy()[later], np.ones(int(later.sum()))
    corrected = HOW.corrected(rows, said)[later]
    assert ece(label, said[later], weight) > 0.25
    assert ece(label, corrected, weight) < 0.07


def test_a_rate_that_stands_still_costs_next_to_nothing() -> None:
    rows, said = moved(days=60, each=60, shift=0.0)
    label, weight = rows["label"].to_numpy(), np.ones(len(rows))
    assert ece(label, HOW.corrected(rows, said), weight) < ece(label, said, weight) + 0.01


@given(st.integers(0, 19), st.integers(0, 1000))
def test_no_row_is_corrected_by_what_came_after_its_moment(day: int, seed: int) -> None:
    rows, said = moved(days=20, each=4, shift=1.0, seed=seed)
    before = (rows["at"] < START + timedelta(days=day)).to_numpy()
    turned = rows.with_columns(pl.when(pl.Series(before)).then("label").otherwise(1 - pl.col("label")).alias("label"))
    same_day = (rows["at"] < START + timedelta(days=day + 1)).to_numpy()
    assert np.array_equal(HOW.corrected(rows, said)[same_day], HOW.corrected(turned, said)[same_day])


def test_an_outcome_counts_once_its_horizon_is_over() -> None:
    slow = Correction(HOW.prior, horizon=timedelta(days=10))
    rows, said = moved(days=12, each=30, shift=2.0)
    early = (rows["at"] < START + timedelta(days=11)).to_numpy()
    assert np.allclose(slow.corrected(rows, said)[early], said[early])
    assert not np.allclose(slow.corrected(rows, said)[~early], said[~early])


def test_rows_in_parts_are_corrected_as_in_one() -> None:
    rows, said = moved(days=30, each=10, shift=1.0)
    cut = START + timedelta(days=17)
    first = (rows["at"] < cut).to_numpy()
    found = HOW.learned(rows.filter(pl.Series(first)), said[first], cut)
    rest = HOW.corrected(rows.filter(pl.Series(~first)), said[~first], found)
    # The cut itself was not told by what the first part knew: its last day settles an hour later.
    assert np.allclose(rest, HOW.corrected(rows, said)[~first], atol=0.05)
    assert np.allclose(rest[-50:], HOW.corrected(rows, said)[-50:], atol=0.02)


def test_what_is_later_than_the_rows_does_not_correct_them() -> None:
    rows, said = moved(days=10, each=10, shift=0.0)
    future = PriorShift(START + timedelta(days=40), np.array([3.0, 0.0]), np.eye(2) * 0.01)
    assert np.array_equal(HOW.corrected(rows, said, future), HOW.corrected(rows, said))


def test_a_shift_is_forgotten_by_halves_each_part_in_its_time() -> None:
    found = PriorShift(START, np.array([2.0, 4.0]), np.zeros((2, 2))).later(HOW.prior, START + timedelta(days=2))
    assert found.means[0] == pytest.approx(1.0)
    assert found.means[1] == pytest.approx(4 * 0.5 ** (2 / 60))
    assert found.covariance[0, 0] == pytest.approx(0.75)
    assert unknown(HOW.prior, START).later(HOW.prior, START + timedelta(days=3)).variance == pytest.approx(2.0)


def test_what_outcomes_say_of_the_sum_is_shared_by_its_parts() -> None:
    found = unknown(HOW.prior, START).updated(1.0, 0.5)
    assert found.mean == pytest.approx(1.0)
    assert found.variance == pytest.approx(0.5)
    assert found.means.tolist() == pytest.approx([0.5, 0.5])
    assert PriorShift.read(found.document).document == found.document


def test_what_moves_everybody_is_not_taken_for_what_scores_mean() -> None:
    rng = np.random.default_rng(5)
    window = np.repeat(np.arange(40), 200)
    shift = rng.normal(0, 1.5, 40)[window]
    score = rng.normal(-2, 1, len(window)) - 0.5 * shift
    label = (rng.random(len(window)) < sigmoid(score + 1.5 * shift)).astype(float)
    found = fit_within(score, label, np.ones(len(window)), window, 1.5)
    assert np.diff(found.y)[0] / np.diff(found.x)[0] == pytest.approx(1.0, abs=0.12)


def test_a_home_is_trained_judged_and_scored_with_it(tmp_path: Path, ready: Ready) -> None:
    text = WORKSPACE.replace(
        "    target: policy.renewed\n", "    target: policy.renewed\n    prior: {half_lives: [60d]}\n"
    )
    assert text != WORKSPACE
    home = ready(home_in(tmp_path, simulated(600), text))
    result = train(home, "renewal", threads=1)
    Registry(home).promote("renewal", result.version)
    champion = Registry(home).require_champion("renewal")
    assert champion.manifest.prior is not None
    assert evaluate(home, ["renewal"])["renewal"]["auc"] == result.metrics["auc"]
    moment = home.observed_until
    scores = score(home, ["renewal"], at=moment)
    expected = champion.manifest.prior.later(Prior((timedelta(days=60),), 1.0), moment).mean
    assert expected != 0
    plain = logit(scores["probability"].to_numpy())
    assert np.isfinite(plain).all()
