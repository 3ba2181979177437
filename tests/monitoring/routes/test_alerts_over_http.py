"""Alerts over HTTP: those that stand, and one kept quiet by who manages them."""

from __future__ import annotations

from datetime import timedelta

import pytest

from features.home import Home
from leads.configuration.watch import Watch
from leads.words.bilingual import Words
from monitoring.alerts.alert import Alert
from monitoring.alerts.alert_book import AlertBook
from serving.composition import Composition
from tests.monitoring.routes.winged import Winged

SOME = Words("某事", "something")
KEY = "feed_silent:web"


@pytest.fixture
def alert(home: Home, parts: Composition) -> Alert:
    """One that stands."""
    found = Alert("feed_silent", "web", (SOME,), SOME, SOME, SOME, parts.clock.now(), 8.0)
    book = AlertBook()
    book.keep(home, book.update([found], parts.clock.now(), Watch()))
    return found


def silence(key: str = KEY, **told: object) -> dict[str, object]:
    return {"key": key, "days": 3, "by": "li", "why": "known"} | told


def test_an_alert_that_stands_is_told(winged: Winged, alert: Alert) -> None:
    (found,) = winged.get("/alerts").json()["alerts"]
    assert found["alert"]["key"] == alert.key
    assert found["silent_until"] is None


def test_an_alert_can_be_kept_quiet_for_some_days(
    winged: Winged, alert: Alert, home: Home, parts: Composition
) -> None:  # fmt: skip
    now = parts.clock.now()
    answer = winged.post("/alerts/silence", silence())
    assert answer.status_code == 200
    assert winged.get("/alerts").json()["alerts"][0]["silent_until"] == answer.json()["silent_until"]
    book = AlertBook.of(home)
    assert not book.update([alert], now + timedelta(days=2), Watch(remind=timedelta(days=1)))
    assert book.update([alert], now + timedelta(days=4), Watch(remind=timedelta(days=1))).reminded


def test_an_alert_that_does_not_stand_cannot_be_silenced_and_those_that_do_are_named(
    winged: Winged, alert: Alert
) -> None:  # fmt: skip
    answer = winged.post("/alerts/silence", silence("drift:renewal"))
    assert answer.status_code == 404
    assert alert.key in answer.json()["detail"]


@pytest.mark.parametrize("days", [0, -1, 91])
def test_it_is_quiet_for_up_to_90_days(winged: Winged, alert: Alert, days: int) -> None:
    answer = winged.post("/alerts/silence", silence(days=days))
    assert answer.status_code == 422
    assert AlertBook.of(winged.home).standing[alert.key].silent_until is None


def test_a_dialer_silences_nothing(winged: Winged, alert: Alert) -> None:
    assert winged.post("/alerts/silence", silence(), scope="dialer").status_code == 403
