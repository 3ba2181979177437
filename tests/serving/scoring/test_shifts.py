"""Scores of a service follow a rate that moves, as scores of a batch do."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import numpy as np
import polars as pl
import pytest

from features.home import Home
from models.calibrator import logit
from models.prior_record import PRIORS, read_record
from serving.composition import Composition, compose
from serving.decisions.batch import Request
from serving.scoring.following import Following
from tests.serving.small_home import NOW, changed, make_home, promote, save_bundle
from training.batch import score
from training.following import follow

MOVING = ("conversion", "cross_sell")
PRIOR = {"half_lives": ["60d"], "spread": 1.0}
IDS = [f"c{i:03d}" for i in range(240)]
DAY = timedelta(days=1)


@pytest.fixture(scope="module")
def pattern(tmp_path_factory: pytest.TempPathFactory) -> Home:
    """A home whose rates of conversion and cross-sell are followed."""
    home = make_home(tmp_path_factory.mktemp("shifts"))
    changed(home, "workspace.yaml", lambda told: [told["objectives"][name].update(prior=PRIOR) for name in MOVING])
    declared = home.configuration.workspace.objectives
    home = Home.open(home.folder)
    for name in declared:
        save_bundle(home, name, "2")
    promote(home, "2")
    return home


@pytest.fixture
def followed(parts: Composition) -> Iterator[Composition]:
    """The service once outcomes have been asked."""
    found = follow(parts.home, NOW)
    assert found.keys() == {"conversion", "cross_sell"}
    parts.models.refresh()
    yield parts


def live(parts: Composition, column: str) -> np.ndarray:
    return parts.scorer.score(IDS, NOW).sheet.numbers(column)


def batch(home: Home, objective: str, product: str | None = None) -> np.ndarray:
    rows = score(home, [objective], at=NOW)
    mine = rows if product is None else rows.filter(pl.col("product") == product)
    known = dict(zip(mine["customer_id"], mine["probability"], strict=True))
    return np.array([known.get(name, np.nan) for name in IDS])


def test_the_service_says_what_a_batch_says(followed: Composition) -> None:
    for objective, product in (("conversion", None), ("cross_sell", "health"), ("renewal", None)):
        column = followed.configuration.objective(objective).score_column(product)
        found, expected = live(followed, column), batch(followed.home, objective, product)
        assert np.isfinite(found).sum() > 5, column
        assert np.array_equal(found, expected, equal_nan=True)


def test_a_batch_says_the_same_whether_outcomes_were_asked_before_or_not(parts: Composition, home: Home) -> None:
    before = batch(home, "conversion")
    follow(home, NOW)
    assert np.array_equal(batch(home, "conversion"), before, equal_nan=True)


def test_every_score_of_an_objective_moves_by_the_same_log_odds_and_of_others_none(
    parts: Composition, home: Home
) -> None:
    names = ("score_conversion", "score_cross_sell__health", "score_renewal")
    before = [live(parts, name) for name in names]
    follow(home, NOW)
    parts.models.refresh()
    moved = [logit(live(parts, name)) - logit(said) for name, said in zip(names, before, strict=True)]
    shift = parts.models.at(NOW)["conversion"].shift
    assert shift != 0
    assert np.nanmax(np.abs(moved[0] - shift)) < 1e-9
    assert np.nanstd(moved[1]) < 1e-9 < abs(np.nanmean(moved[1]))
    assert np.nanmax(np.abs(moved[2])) == 0


def test_a_decision_keeps_by_how_much_its_scores_were_moved_and_comes_out_again(followed: Composition) -> None:
    request = Request("next-action", limit=2, explain=1)
    scored = followed.scorer.score(IDS[:12], NOW)
    made = followed.entries.enter(scored, followed.decider.decide(scored, request, NOW), request, NOW)
    assert made[0].shifts.keys() == {"conversion", "cross_sell"}
    assert followed.ledger.read(made[0].id)["shifts"] == made[0].shifts
    (followed.home.folder / PRIORS).unlink()
    followed.models.refresh()
    assert not np.array_equal(scored.sheet.values, followed.scorer.score(IDS[:12], NOW).sheet.values, equal_nan=True)
    for decision in made:
        assert followed.replay.of(decision.id).differences == {}


def test_what_was_decided_ahead_stands_no_longer_once_outcomes_tell_more(parts: Composition, home: Home) -> None:
    before = parts.lead_decisions.versions
    follow(home, NOW)
    assert parts.models.refresh()
    assert parts.lead_decisions.versions != before
    assert not parts.models.refresh()


def test_a_record_that_cannot_be_read_leaves_corrections_as_they_were(
    followed: Composition, capsys: pytest.CaptureFixture[str]
) -> None:
    before = followed.models.at(NOW)["conversion"].shift
    (followed.home.folder / PRIORS).write_text("{", encoding="utf-8")
    followed.models.refresh()
    assert followed.models.at(NOW)["conversion"].shift == before
    assert "prior corrections stay as they are: learning/priors.json cannot be read" in capsys.readouterr().err


def test_the_worker_asks_outcomes_once_for_every_window_of_time(parts: Composition, engine_url: str) -> None:
    settings = replace(parts.settings, follower="commands.following")
    service = compose(settings, engine_url)
    following = service.following()
    assert following.step()
    _finished(following)
    assert len(read_record(parts.home)["conversion"]["2"]) == 1
    service.models.refresh()
    assert not service.following().step()
    later = compose(replace(settings, clock_offset=settings.clock_offset + 90 * DAY), engine_url).following()
    assert later.step()
    later.stop()
    assert not compose(parts.settings, engine_url).following().step()


def _finished(following: Following) -> None:
    deadline = time.monotonic() + 60
    while following.busy and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not following.busy
