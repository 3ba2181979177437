"""Alerts are made of what a look finds: grouped by what is behind it, with whom it affects."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from leads.words.bilingual import Words
from models.bundle import Bundle
from monitoring.alerts.alert import Alert
from monitoring.alerts.found import alerts_of
from monitoring.quality.finding import Finding, Kind
from monitoring.watching.look import Look
from serving.clock import written
from serving.scoring.models import Models
from tests.training.small_insurer import UNTIL, Trained

SOME = Words("某事", "something")


def finding(kind: Kind, subject: str, certainty: float = 8.0, **more: Any) -> Finding:
    return Finding(kind, subject, Words(subject, subject), SOME, SOME, UNTIL - timedelta(hours=3), certainty, **more)


@pytest.fixture(scope="module")
def used(trained: Trained) -> dict[str, Bundle]:
    return dict(Models(trained.home).bundles)


def alerts(trained: Trained, used: dict[str, Bundle], *findings: Finding, **objectives: Any) -> list[Alert]:
    answer: Any = {"at": written(UNTIL), "objectives": objectives, "quality": {"findings": []}}
    return alerts_of(Look(answer, findings, {}), trained.home.configuration, used)


def test_all_that_one_source_no_longer_tells_is_one_alert(trained: Trained, used: dict[str, Bundle]) -> None:
    names = ["web/web.page_viewed", "web/form.submitted", "dialer/call.completed"]
    found = alerts(trained, used, *(finding("feed_silent", name) for name in names))
    assert {alert.key for alert in found} == {"feed_silent:web", "feed_silent:dialer"}
    web = next(alert for alert in found if alert.subject == "web")
    assert [seen.en for seen in web.what] == ["web/web.page_viewed", "web/form.submitted"]


def test_an_alert_says_which_models_go_by_what_is_wrong_and_how_far(trained: Trained, used: dict[str, Bundle]) -> None:
    names = trained.home.configuration.workspace.events
    found = {name: alerts(trained, used, finding("field_missing", f"{name}.product"))[0] for name in names}
    told = [alert for alert in found.values() if alert.objectives]
    assert told
    assert all("of what its model goes by" in alert.affects.en and "%" in alert.affects.zh for alert in told)
    (nobody,) = alerts(trained, used, finding("field_missing", "nothing.of_the_kind"))
    assert nobody.objectives == () and "no model goes by it" in nobody.affects.en
    tags = [alerts(trained, used, finding("tag_flipped", tag))[0] for tag in trained.home.configuration.workspace.tags]
    assert any(alert.objectives for alert in tags)


def test_a_clock_concerns_all_that_its_source_tells(trained: Trained, used: dict[str, Bundle]) -> None:
    (clock,) = alerts(
        trained, used, finding("clock_off", "web", events=tuple(trained.home.configuration.workspace.events))
    )
    assert clock.objectives


def cohort(begins: datetime, said: float, came: float, auc: float = 0.75) -> dict[str, Any]:
    def near(value: float) -> dict[str, float]:
        return {"value": value, "low": value - 0.01, "high": value + 0.01}

    return {
        "begins": written(begins), "state": "judged",
        "expected": {"rate": near(said), "auc": near(0.75), "average_precision": None},
        "came_true": {"rate": near(came), "auc": near(auc)},
    }  # fmt: skip


def performance(*cohorts: dict[str, Any], horizon: float = 30) -> dict[str, Any]:
    return {"version": "1", "drifted": [], "performance": {"cohorts": list(cohorts), "horizon_days": horizon}}


WEEKS = [datetime(2026, 3, day, tzinfo=UTC) for day in (2, 9, 16)]


def test_rates_that_are_off_for_two_judged_weeks_are_told(trained: Trained, used: dict[str, Bundle]) -> None:
    off = performance(cohort(WEEKS[0], 0.3, 0.3), cohort(WEEKS[1], 0.3, 0.4), cohort(WEEKS[2], 0.3, 0.38))
    (found,) = alerts(trained, used, renewal=off)
    assert found.key == "calibration_off:renewal"
    assert found.since == WEEKS[1]
    assert "30.0% → 40.0%" in found.what[0].en


@pytest.mark.parametrize("came", [(0.3, 0.4), (0.4, 0.3), (0.4, 0.2)])
def test_one_week_or_two_that_contradict_each_other_say_nothing(
    trained: Trained, used: dict[str, Bundle], came: tuple[float, float]
) -> None:
    weeks = [cohort(at, 0.3, rate) for at, rate in zip(WEEKS, came, strict=False)]
    assert alerts(trained, used, renewal=performance(*weeks)) == []


def test_a_ranking_that_got_worse_is_told_and_going_back_is_an_answer_where_the_model_is_new(
    trained: Trained, used: dict[str, Bundle]
) -> None:
    worse = performance(cohort(WEEKS[0], 0.3, 0.3, 0.6), cohort(WEEKS[1], 0.3, 0.3, 0.62))
    old = {"renewal": _made(used["renewal"], WEEKS[0] - timedelta(days=60))}
    new = {"renewal": _made(used["renewal"], WEEKS[0] - timedelta(days=3))}
    (found,) = alerts(trained, old, renewal=worse)
    assert found.kind == "ranking_worse" and "rollback" not in found.advice.en
    (found,) = alerts(trained, new, renewal=worse)
    assert "nextlead rollback DIR renewal" in found.advice.en


def test_weeks_that_share_outcomes_must_be_surer_than_weeks_that_share_none(
    trained: Trained, used: dict[str, Bundle]
) -> None:
    off = [cohort(at, 0.3, 0.318) for at in WEEKS[:2]]
    (found,) = alerts(trained, used, renewal=performance(*off, horizon=0))
    assert 2 < found.certainty < 2.8
    assert alerts(trained, used, renewal=performance(*off, horizon=30)) == []


def _made(bundle: Bundle, at: datetime) -> Bundle:
    return replace(bundle, manifest=replace(bundle.manifest, created_at=at))
