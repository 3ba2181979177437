"""Which models are trained again by themselves: those that are declared, not twice, and never on a faulty record."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from leads.configuration.watch import Retraining, Watch
from leads.words.bilingual import Words
from monitoring.alerts.alert import Alert
from monitoring.alerts.alert_book import AlertBook
from monitoring.guarding.retraining import due
from serving.clock import written

NOW = datetime(2026, 5, 1, 4, tzinfo=UTC)
SOME = Words("某事", "something")
WATCH = Watch(retraining=Retraining(frozenset({"drift", "calibration_off"})))


def alert(kind: str, subject: str, *objectives: str, certainty: float = 8.0) -> Alert:
    return Alert(kind, subject, (SOME,), SOME, SOME, SOME, NOW, certainty, objectives)


def asked(*alerts: Alert, told: dict[str, object] | None = None, watch: Watch = WATCH) -> list[str]:
    book = AlertBook()
    book.update(alerts, NOW, watch)
    return [name for name, _ in due(book, told or {}, watch, NOW)]


def test_what_is_declared_is_trained_again() -> None:
    assert asked(alert("drift", "renewal", "renewal")) == ["renewal"]


def test_by_default_nothing_is() -> None:
    assert asked(alert("drift", "renewal", "renewal"), watch=Watch()) == []


def test_not_while_the_record_that_it_would_learn_from_is_wrong() -> None:
    drift = alert("drift", "renewal", "renewal")
    assert asked(drift, alert("clock_off", "web", "conversion", "renewal")) == []
    assert asked(drift, alert("clock_off", "web", "conversion")) == ["renewal"]


def test_not_twice_within_the_declared_while() -> None:
    drift = alert("drift", "renewal", "renewal")
    assert asked(drift, told={"renewal": {"at": written(NOW - timedelta(days=13))}}) == []
    assert asked(drift, told={"renewal": {"at": written(NOW - timedelta(days=14))}}) == ["renewal"]


def test_the_surest_first_and_no_more_than_are_declared() -> None:
    alerts = alert("drift", "renewal", "renewal"), alert("calibration_off", "conversion", "conversion", certainty=9.0)
    assert asked(*alerts) == ["conversion"]
    watch = Watch(retraining=Retraining(WATCH.retraining.when, most=2))
    assert asked(*alerts, watch=watch) == ["conversion", "renewal"]


def test_what_is_not_confirmed_yet_trains_nothing() -> None:
    watch = Watch(confirm=2, retraining=WATCH.retraining)
    assert asked(alert("drift", "renewal", "renewal"), watch=watch) == []
