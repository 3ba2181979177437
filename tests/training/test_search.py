"""The search for settings: what it finds is the same in one go and in several, and takes over only beyond chance."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import count
from pathlib import Path

import numpy as np
import pytest
from optuna.storages import JournalStorage
from optuna.storages.journal import JournalFileBackend

from tests.training.small_insurer import Ready, home_in, simulated
from training.data.splits import Part
from training.model import CANDIDATES, Learner, Rows, Settings
from training.search import Budget, Found, Search
from training.train import train

ROWS = 900
PLACE = np.arange(ROWS)
PART = Part(PLACE < 500, (PLACE >= 500) & (PLACE < 700), PLACE >= 700)
LEARNER = Learner(["a", "b", "c"], [], 3, 1)


@pytest.fixture(scope="module")
def rows() -> Rows:
    rng = np.random.default_rng(5)
    matrix = rng.normal(size=(ROWS, 3)).astype(np.float32)
    label = (rng.random(ROWS) < 1 / (1 + np.exp(-2 * matrix[:, 0] * matrix[:, 1]))).astype(np.float64)
    return Rows(matrix, label, np.ones(ROWS))


def found(rows: Rows, folder: Path, trials: int, learner: Learner = LEARNER) -> Found:
    return Search(folder, Budget(trials=trials)).run(learner, rows, PART)


@pytest.fixture(scope="module")
def once(rows: Rows, tmp_path_factory: pytest.TempPathFactory) -> Found:
    return found(rows, tmp_path_factory.mktemp("once"), 14)


def test_a_search_that_was_stopped_goes_on_to_where_it_would_have_come(rows: Rows, once: Found, tmp_path: Path) -> None:
    assert found(rows, tmp_path, 5).trials == 5
    assert found(rows, tmp_path, 14) == once


def test_tries_that_were_made_are_not_made_again(rows: Rows, tmp_path: Path) -> None:
    assert found(rows, tmp_path, 6) == found(rows, tmp_path, 6)
    kept = JournalStorage(JournalFileBackend(str(tmp_path / "tries.log")))
    (study,) = kept.get_all_studies()
    assert len(kept.get_all_trials(study._study_id)) == 6


def test_what_is_found_loses_no_more_than_the_usual_settings_where_it_was_tuned(once: Found) -> None:
    assert once.trials == 14
    assert once.loss <= once.usual_loss


def test_hopeless_tries_are_cut_short(rows: Rows, once: Found) -> None:
    assert 0 < once.pruned < once.trials - len(CANDIDATES)


def test_rows_that_are_held_out_choose_nothing(rows: Rows, once: Found, tmp_path: Path) -> None:
    turned = replace(rows, label=np.where(PART.holdout, 1 - rows.label, rows.label))
    other = found(turned, tmp_path, 14)
    assert (other.settings, other.loss) == (once.settings, once.loss)
    assert other.gain != once.gain


def test_another_record_is_another_search(rows: Rows, tmp_path: Path) -> None:
    found(rows, tmp_path, 5)
    assert found(replace(rows, label=rows.label[::-1].copy()), tmp_path, 6).trials == 6


def test_a_budget_of_time_ends_the_search_and_the_usual_settings_are_tried_in_any_case(
    rows: Rows, tmp_path: Path
) -> None:
    ticks: Iterator[int] = count()
    search = Search(tmp_path, Budget(seconds=0, clock=lambda: float(next(ticks))))
    assert search.run(LEARNER, rows, PART).trials == len(CANDIDATES)


def test_settings_take_over_only_where_they_are_better_beyond_chance() -> None:
    other = Settings(12, 33)
    for settings, gain, takes_over in ((other, 0.02, True), (other, 0.016, False), (CANDIDATES[0], 0.02, False)):
        one = Found(settings, 0.5, 0.5, gain, 0.01, 20, 3)
        assert one.takes_over is takes_over
        assert one.candidates == ((settings,) if takes_over else CANDIDATES)


def test_training_with_as_many_tries_gives_the_same_bytes_and_says_what_it_found(tmp_path: Path, ready: Ready) -> None:
    made = []
    for name in ("one", "other"):
        home = ready(home_in(tmp_path / name, simulated(600)))
        made.append(train(home, "renewal", seed=3, threads=1, budget=Budget(trials=6)))
    texts = [(result.folder / "model.txt").read_bytes() for result in made]
    assert texts[0] == texts[1]
    told = made[0].search
    assert told is not None and told.trials == 6
    assert '"takes_over"' in (made[0].folder / "manifest.json").read_text(encoding="utf-8")
