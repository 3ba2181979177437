"""What is kept of outcomes, and by which of it a probability is corrected."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest

from features.home import Home
from leads.configuration.objective import Moments, Objective, Prior
from leads.errors import DamagedFiles
from models.prior_record import PriorEntry, correction, keep, path_of, read_record
from models.prior_shift import PriorShift
from tests.training.small_insurer import configuration_in

DAY = timedelta(days=1)
START = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.fixture(scope="module")
def objective(tmp_path_factory: pytest.TempPathFactory) -> Objective:
    plain = configuration_in(tmp_path_factory.mktemp("prior")).objective("renewal")
    return replace(plain, prior=Prior((5 * DAY,), 1.0))


def found(day: float, mean: float) -> PriorShift:
    return PriorShift(START + day * DAY, np.array([mean]), np.eye(1) * 0.1)


def entry_of(until: float, day: float, mean: float) -> PriorEntry:
    return PriorEntry(START + until * DAY, found(day, mean))


def test_a_probability_is_corrected_by_what_was_last_found_before_its_window_began(objective: Objective) -> None:
    entries = [entry_of(2, 1, 1.0), entry_of(3, 2, -1.0)]
    at = [correction(objective, None, entries, START + day * DAY) for day in (1.9, 2.0, 2.9, 3.0)]
    assert at[0] == 0.0
    assert at[1] == at[2] == pytest.approx(0.5 ** (1 / 5))
    assert at[3] == pytest.approx(-(0.5 ** (1 / 5)))


def test_what_training_found_counts_until_outcomes_of_later_days_are_known(objective: Objective) -> None:
    trained = found(10, 2.0)
    # A past that was served says nothing of a time that training has looked beyond.
    entries = [entry_of(5, 4, -3.0), entry_of(20, 19, 0.5)]
    assert correction(objective, trained, entries, START + 6 * DAY) == pytest.approx(-3 * 0.5 ** (2 / 5))
    assert correction(objective, trained, entries, START + 15 * DAY) == pytest.approx(1.0)
    assert correction(objective, trained, entries, START + 24 * DAY) == pytest.approx(0.25)


def test_an_objective_that_declares_no_prior_is_corrected_by_nothing(objective: Objective) -> None:
    assert correction(replace(objective, prior=None), found(1, 2.0), [], START + 2 * DAY) == 0.0


def test_outcomes_of_a_grid_are_asked_at_points_that_do_not_move_with_the_record(objective: Objective) -> None:
    weekly = replace(objective, moments=Moments(every=7 * DAY))
    points = {weekly.told_until(START + day * DAY) for day in range(28)}
    assert len(points) in (4, 5)
    assert {point.timestamp() % (7 * DAY).total_seconds() for point in points} == {0.0}


def test_what_is_kept_is_read_again_and_the_same_time_is_kept_once(tmp_path: Path) -> None:
    home = Home(tmp_path)
    assert read_record(home) == {}
    for entry in (entry_of(3, 2, -1.0), entry_of(2, 1, 1.0), entry_of(3, 2, -2.0), PriorEntry(START, None)):
        keep(home, "renewal", "1", entry)
    kept = read_record(home)["renewal"]["1"]
    assert [entry.until for entry in kept] == [START, START + 2 * DAY, START + 3 * DAY]
    assert [None if entry.shift is None else entry.shift.mean for entry in kept] == [None, 1.0, -2.0]


@pytest.mark.parametrize("text", ["{", "[]", '{"renewal": []}', '{"renewal": {"1": [{"until": "2026-01-01"}]}}'])
def test_a_record_that_cannot_be_read_is_told_by_its_name(tmp_path: Path, text: str) -> None:
    path_of(Home(tmp_path)).parent.mkdir()
    path_of(Home(tmp_path)).write_text(text, encoding="utf-8")
    with pytest.raises(DamagedFiles, match=r"learning/priors\.json cannot be read"):
        read_record(Home(tmp_path))
