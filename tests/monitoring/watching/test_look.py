"""A look at a home: what it answers, what it keeps, and that it goes by the record as it was known."""

from __future__ import annotations

import json
import shutil
from datetime import timedelta
from pathlib import Path

import pytest

from features.home import Home
from leads.errors import NotFound
from monitoring.watching.look import latest, look, recorded_now
from monitoring.watching.workspace import folder
from serving.clock import Clock
from tests.training.small_insurer import UNTIL, Trained


@pytest.fixture
def home(trained: Trained, tmp_path: Path) -> Home:
    """A copy that may be written to."""
    copy = tmp_path / "home"
    shutil.copytree(trained.home.folder, copy, ignore=shutil.ignore_patterns("mlflow", "history"))
    return Home.open(copy)


def test_of_every_objective_the_columns_with_a_verdict_are_told_and_kept(home: Home) -> None:
    found = look(home)
    assert set(found.answer["objectives"]) == {"conversion", "renewal", "cross_sell"}
    for name, item in found.answer["objectives"].items():
        drifted = found.drifts[name].drifted if name in found.drifts else []
        assert item["drifted"] == drifted
    kept = latest(home)
    assert kept is not None
    assert kept == json.loads(json.dumps(found.answer))


def test_the_page_speaks_both_languages_and_shows_calibration(home: Home) -> None:
    found = look(home)
    page = (home.reports / "index.html").read_text(encoding="utf-8")
    assert "监控 Monitoring" in page
    assert "校准 Calibration" in page
    assert "<svg" in page
    for name, item in found.answer["objectives"].items():
        if "skipped" in item:
            assert item["skipped"] in page
            continue
        assert "Plotly" in Path(item["html"]).read_text(encoding="utf-8")
        assert json.loads(Path(item["json"]).read_text(encoding="utf-8"))["metrics"]
        assert f"drift-{name}.html" in page


def test_the_details_of_every_look_are_kept(home: Home) -> None:
    look(home)
    one = len(list(folder(home).rglob("*.json")))
    look(home)
    assert len(list(folder(home).rglob("*.json"))) > one


def test_a_look_at_the_past_knows_nothing_that_came_later(home: Home) -> None:
    then = UNTIL - timedelta(days=40)
    found = look(home, then)
    assert found.answer["at"].startswith(then.date().isoformat())
    for item in found.answer["objectives"].values():
        if "drift" in item:
            assert item["drift"]["until"] <= found.answer["at"]


def test_the_time_is_the_services_where_it_serves_a_past(home: Home) -> None:
    past = UNTIL - timedelta(days=60)
    Clock.starting_at(past).keep(home)
    assert abs(recorded_now(home) - past) < timedelta(minutes=5)


def test_the_time_is_never_later_than_the_record(home: Home) -> None:
    home.clock.unlink(missing_ok=True)
    assert recorded_now(home) == home.observed_until


def test_without_a_model_it_says_what_to_do(small_home: Home) -> None:
    with pytest.raises(NotFound, match="nextlead train"):
        look(small_home)
