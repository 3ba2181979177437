"""A look at a home: what it answers, what it keeps, and that it goes by the record as it was known."""

from __future__ import annotations

import json
import shutil
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest
from prometheus_client import CollectorRegistry, generate_latest

from features.home import Home
from leads.errors import NotFound
from monitoring.watching.collector import LookCollector
from monitoring.watching.kept import latest, looks
from monitoring.watching.look import Look, look, recorded_now
from monitoring.watching.workspace import folder
from serving.clock import Clock, written
from tests.training.small_insurer import UNTIL, Trained

THEN = UNTIL - timedelta(days=40)


@dataclass(frozen=True)
class Looked:
    """A home that was looked at as of a past, and as of its end, by a clock that runs two days later."""

    home: Home
    past: Look
    now: Look
    details: tuple[int, int]


@pytest.fixture(scope="module")
def looked(trained: Trained, tmp_path_factory: pytest.TempPathFactory) -> Looked:
    home = copied(trained, tmp_path_factory.mktemp("looked"))
    past = look(home, THEN)
    first = len(list(folder(home).rglob("*.json")))
    now = look(home, now=home.observed_until + timedelta(days=2))
    return Looked(home, past, now, (first, len(list(folder(home).rglob("*.json")))))


def copied(trained: Trained, place: Path) -> Home:
    """A copy that may be written to."""
    shutil.copytree(trained.home.folder, place / "home", ignore=shutil.ignore_patterns("mlflow", "history"))
    return Home.open(place / "home")


def test_of_every_objective_the_columns_with_a_verdict_are_told_and_kept(looked: Looked) -> None:
    found = looked.now
    assert set(found.answer["objectives"]) == {"conversion", "renewal", "cross_sell"}
    for name, item in found.answer["objectives"].items():
        drifted = found.drifts[name].drifted if name in found.drifts else []
        assert item["drifted"] == drifted
    assert latest(looked.home) == json.loads(json.dumps(found.answer))


def test_the_page_speaks_both_languages_and_shows_calibration(looked: Looked) -> None:
    reports = looked.home.reports
    page = (reports / "index.html").read_text(encoding="utf-8")
    assert "监控 Monitoring" in page
    assert "校准 Calibration" in page
    assert page.count("<svg") > len(looked.now.answer["objectives"])  # What was expected stands beside what came true.
    for name, item in looked.now.answer["objectives"].items():
        if "skipped" in item:
            assert item["skipped"] in page
            continue
        assert "Plotly" in (reports / item["html"]).read_text(encoding="utf-8")
        assert json.loads((reports / item["json"]).read_text(encoding="utf-8"))["metrics"]
        assert f"drift-{name}.html" in page


def test_the_details_of_every_look_are_kept(looked: Looked) -> None:
    first, both = looked.details
    assert both > first > 0


def test_looks_are_kept_and_the_last_is_told_as_metrics(looked: Looked) -> None:
    home, registry = looked.home, CollectorRegistry()
    assert [one["at"] for one in looks(home)] == [written(THEN), written(home.observed_until)]
    registry.register(LookCollector(home, lambda: home.observed_until + timedelta(hours=3)))
    text = generate_latest(registry).decode()
    assert f"nextlead_look_age_seconds {3 * 3600:.1f}" in text
    for name in looked.now.answer["objectives"]:
        assert f'nextlead_drifted_columns{{objective="{name}"}}' in text


def test_who_is_silent_until_now_is_missed(looked: Looked) -> None:
    assert "feed_silent" in {finding.kind for finding in looked.now.findings}
    assert looked.now.answer["at"] == written(looked.home.observed_until)
    assert "feed_silent" not in {finding.kind for finding in looked.past.findings}


def test_a_look_at_the_past_knows_nothing_that_came_later(looked: Looked) -> None:
    assert looked.past.answer["at"] == written(THEN)
    told = [item["drift"] for item in looked.past.answer["objectives"].values() if "drift" in item]
    assert told
    assert all(drift["until"] <= looked.past.answer["at"] for drift in told)


def test_the_time_is_the_services_where_it_serves_a_past(trained: Trained, tmp_path: Path) -> None:
    home, past = copied(trained, tmp_path), UNTIL - timedelta(days=60)
    Clock.starting_at(past).keep(home)
    assert abs(recorded_now(home) - past) < timedelta(minutes=5)
    home.clock.unlink()
    assert recorded_now(home) == home.observed_until


def test_without_a_look_there_is_nothing_to_tell_as_metrics(small_home: Home) -> None:
    registry = CollectorRegistry()
    registry.register(LookCollector(small_home, lambda: small_home.observed_until))
    assert generate_latest(registry) == b""


def test_without_a_model_it_says_what_to_do(small_home: Home) -> None:
    with pytest.raises(NotFound, match="nextlead train"):
        look(small_home)
