from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from leads.objective import Objective
from tests.training.small_insurer import Trained, configuration_in
from training.bundle import Bundle
from training.gates import against_champion, checks
from training.metrics import metrics


@pytest.fixture
def objective(tmp_path: Path) -> Objective:
    return configuration_in(tmp_path).workspace.objectives["conversion"]


def judged(**changes: float) -> pl.DataFrame:
    """Labels drawn from the probabilities; a baseline that knows nothing."""
    rng = np.random.default_rng(0)
    truth = rng.uniform(0.02, 0.5, 3_000)
    label = (rng.random(3_000) < truth).astype(float)
    columns = {"label": label, "probability": truth, "recalibrated": truth, "baseline": rng.random(3_000)}
    frame = pl.DataFrame(columns | {"weight": np.ones(3_000)})
    return frame.with_columns(pl.col(name) * factor for name, factor in changes.items())


def passed(objective: Objective, holdout: pl.DataFrame) -> dict[str, bool]:
    found = metrics(holdout["label"].to_numpy(), holdout["probability"].to_numpy())
    return {check.name: check.passed for check in checks(objective, found, holdout)}


def test_an_honest_model_passes(objective: Objective) -> None:
    assert all(passed(objective, judged()).values())


def test_probabilities_twice_too_high_fail_the_calibration_alone(objective: Objective) -> None:
    found = passed(objective, judged(recalibrated=2.0))
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


def test_the_champion_is_compared_on_rows_of_its_own_holdout(trained: Trained) -> None:
    champion = Bundle.load(trained.results["conversion"].folder)
    holdout = champion.holdout()
    worse = holdout.with_columns(pl.col("probability").reverse())
    rows = pl.DataFrame()
    assert against_champion(champion, holdout, rows).value == pytest.approx(0)
    check = against_champion(champion, worse, rows)
    assert (check.passed, check.bound) == (False, 0.0)


def test_without_common_rows_nothing_is_compared(trained: Trained) -> None:
    champion = Bundle.load(trained.results["conversion"].folder)
    past = pl.lit(datetime(2020, 1, 1, tzinfo=UTC)).cast(champion.holdout().schema["at"])
    check = against_champion(champion, champion.holdout().with_columns(past.alias("at")), pl.DataFrame())
    assert check.passed
    assert "not compared" in check.note
