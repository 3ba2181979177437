from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from leads.configuration.objective import Objective
from models.bundle import Bundle
from tests.training.small_insurer import Trained, configuration_in
from training.gates import against_champion, checks, shipped_calibration
from training.metrics import metrics, miscalibration


@pytest.fixture
def objective(tmp_path: Path) -> Objective:
    return configuration_in(tmp_path).workspace.objectives["conversion"]


def judged(**changes: float) -> pl.DataFrame:
    """Labels drawn from the probabilities; a baseline that knows nothing."""
    rng = np.random.default_rng(0)
    truth = rng.uniform(0.02, 0.5, 3_000)
    label = (rng.random(3_000) < truth).astype(float)
    columns = {"label": label, "probability": truth, "shipped": truth, "baseline": rng.random(3_000)}
    one = np.ones(3_000)
    frame = pl.DataFrame(
        {"customer_id": np.arange(3_000).astype(str)} | columns | {"weight": one, "shipped_weight": one}
    )
    return frame.with_columns(pl.col(name) * factor for name, factor in changes.items())


def passed(objective: Objective, holdout: pl.DataFrame) -> dict[str, bool]:
    found = metrics(holdout["label"].to_numpy(), holdout["probability"].to_numpy())
    return {check.name: check.passed for check in checks(objective, found, holdout)}


def test_an_honest_model_passes(objective: Objective) -> None:
    assert all(passed(objective, judged()).values())


def test_probabilities_twice_too_high_fail_the_calibration_alone(objective: Objective) -> None:
    found = passed(objective, judged(shipped=2.0))
    assert [name for name, fine in found.items() if not fine] == ["calibration_error"]


def test_a_model_that_ranks_worse_than_static_tags_fails(objective: Objective) -> None:
    swapped = judged().rename({"probability": "baseline", "baseline": "probability"})
    found = passed(objective, swapped)
    assert not found["not_worse_than_static_tags"]


def test_a_holdout_of_one_class_fails_with_a_note(objective: Objective) -> None:
    holdout = judged(label=0.0)
    found = metrics(holdout["label"].to_numpy(), holdout["probability"].to_numpy())
    (check,) = checks(objective, found, holdout)
    assert (check.passed, check.value) == (False, None)
    assert "every one of the 3000 labels is a failure" in check.note


def test_the_champion_is_compared_on_rows_of_its_own_holdout(objective: Objective, trained: Trained) -> None:
    champion = Bundle.load(trained.results["conversion"].folder)
    holdout = champion.holdout()
    worse = holdout.with_columns(pl.col("probability").reverse())
    rows = pl.DataFrame()
    assert against_champion(objective, champion, holdout, rows).value == pytest.approx(0)
    check = against_champion(objective, champion, worse, rows)
    assert (check.passed, check.bound) == (False, -objective.gate_margin)


def test_without_common_rows_nothing_is_compared(objective: Objective, trained: Trained) -> None:
    champion = Bundle.load(trained.results["conversion"].folder)
    past = pl.lit(datetime(2020, 1, 1, tzinfo=UTC)).cast(champion.holdout().schema["at"])
    check = against_champion(objective, champion, champion.holdout().with_columns(past.alias("at")), pl.DataFrame())
    assert check.passed
    assert "not compared" in check.note


def test_not_significantly_worse_is_not_enough_what_is_lost_must_be_less_than_the_margin(objective: Objective) -> None:
    """A model a little worse than static tags on few rows: chance could hide a loss of many points."""
    few = judged()[:300]
    noisy = pl.Series(few["probability"].to_numpy() + np.random.default_rng(3).normal(0, 0.05, 300))
    few = few.with_columns(baseline=few["probability"], probability=noisy)
    metric = metrics(few["label"].to_numpy(), few["probability"].to_numpy())
    found = {margin: checks(replace(objective, gate_margin=margin), metric, few)[1] for margin in (0.02, 0.2)}
    assert not found[0.02].passed
    assert found[0.2].passed
    assert found[0.02].bound == -0.02


def test_the_calibration_is_that_of_the_rows_that_judge_what_ships(objective: Objective) -> None:
    spoiled = pl.Series("shipped", [*[None] * 1_500, *judged()["shipped"][1_500:]])
    assert passed(objective, judged().with_columns(spoiled))["calibration_error"]
    assert shipped_calibration(judged().with_columns(spoiled))["rows"] == 1_500


def test_probabilities_off_by_six_points_fail_though_few_rows_show_them(objective: Objective) -> None:
    shifted = judged().with_columns(pl.col("shipped") + 0.06)
    assert not passed(objective, shifted)["calibration_error"]
    (check,) = (check for check in checks(objective, metrics(*columns(shifted)), shifted) if "calib" in check.name)
    assert check.bound == 0.045
    assert check.value == pytest.approx(0.06, abs=0.01)


def columns(holdout: pl.DataFrame) -> tuple[np.ndarray, np.ndarray]:
    return holdout["label"].to_numpy(), holdout["probability"].to_numpy()


@pytest.mark.parametrize(("rows", "successes", "passes"), [(4_000, 13, True), (80_000, 240, False)])
def test_a_rare_success_fails_the_calibration_where_more_than_chance_puts_it_off(
    objective: Objective, rows: int, successes: int, passes: bool
) -> None:
    """Nearly twice the rate is said: of a few successes that may be chance."""
    label = np.zeros(rows)
    label[:: rows // successes] = 1.0
    frame = pl.DataFrame({"customer_id": np.arange(rows).astype(str), "label": label, "weight": np.ones(rows)})
    told = pl.lit(1.8 * label.mean())
    holdout = frame.with_columns(probability=told, shipped=told, shipped_weight=1.0, baseline=told)
    error, spread = miscalibration(label, holdout["shipped"].to_numpy(), np.ones(rows), np.arange(rows))
    assert error == pytest.approx(0.8 * label.mean(), rel=0.15)
    assert bool(error - 1.645 * spread <= 0.5 * label.mean()) == passes
    if not passes:
        assert not {c.name: c.passed for c in checks(objective, {"auc": 0.7}, holdout)}["calibration_error"]


def test_too_few_successes_leave_the_calibration_untold(objective: Objective) -> None:
    few = judged().with_columns(pl.when(pl.col("label").cum_sum() <= 10).then("shipped").alias("shipped"))
    (check,) = (check for check in checks(objective, metrics(*columns(few)), few) if "calib" in check.name)
    assert (check.passed, check.value) == (True, None)
    assert "not told" in check.note
