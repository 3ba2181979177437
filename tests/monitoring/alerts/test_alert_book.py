"""The book of alerts: told once, silent while known, told again after long, and told when over."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from leads.configuration.watch import Watch
from leads.errors import NotFound
from leads.words.bilingual import Words
from monitoring.alerts.alert import Alert, AlertAnswer
from monitoring.alerts.alert_book import AlertBook
from tests.monitoring.told_home import customer, event, home_told

NOW = datetime(2026, 5, 1, 4, tzinfo=UTC)
SOME = Words("某事", "something")


def alert(kind: str = "feed_silent", subject: str = "web", since: datetime = NOW) -> Alert:
    return Alert(kind, subject, (SOME,), SOME, SOME, SOME, since, 7.0, ("renewal",))


def keys(alerts: object) -> list[str]:
    assert isinstance(alerts, list)
    return [told["key"] for told in alerts]


def days(count: float) -> datetime:
    return NOW + timedelta(days=count)


def test_what_is_new_is_told_once_and_not_again_while_it_is_known() -> None:
    book = AlertBook()
    assert keys(book.update([alert()], NOW, Watch()).raised) == ["feed_silent:web"]
    assert not book.update([alert()], days(1), Watch())
    assert not book.update([alert()], days(2), Watch())


def test_what_is_still_there_after_a_week_is_told_again() -> None:
    book = AlertBook()
    book.update([alert()], NOW, Watch())
    assert not book.update([alert()], days(6), Watch())
    assert keys(book.update([alert()], days(7), Watch()).reminded) == ["feed_silent:web"]
    assert not book.update([alert()], days(8), Watch())
    assert not book.update([alert()], days(40), Watch(remind=None))


def test_it_is_over_after_two_looks_without_it_and_that_is_told() -> None:
    book = AlertBook()
    book.update([alert()], NOW, Watch())
    assert not book.update([], days(1), Watch())
    assert keys(book.update([], days(2), Watch()).resolved) == ["feed_silent:web"]
    assert not book.standing


def test_what_comes_back_at_once_was_never_over() -> None:
    book = AlertBook()
    book.update([alert()], NOW, Watch())
    book.update([], days(1), Watch())
    assert not book.update([alert()], days(2), Watch())
    assert not book.update([], days(3), Watch())
    assert book.firing()


def test_it_is_told_after_as_many_looks_as_are_declared() -> None:
    book, watch = AlertBook(), Watch(confirm=2)
    assert not book.update([alert()], NOW, watch)
    assert not book.update([], days(1), watch)
    assert not book.update([alert()], days(2), watch)
    assert book.update([alert()], days(3), watch).raised


def test_what_is_muted_stands_nowhere() -> None:
    book = AlertBook()
    assert not book.update([alert()], NOW, Watch(mute=frozenset({"feed_silent"})))
    assert not book.standing


def test_who_silences_it_hears_of_it_when_the_time_is_over_or_when_it_is() -> None:
    book = AlertBook()
    book.update([alert()], NOW, Watch())
    book.silence("feed_silent:web", days(10), "wang", "known")
    assert not book.update([alert()], days(8), Watch())
    assert book.update([alert()], days(11), Watch()).reminded
    book.silence("feed_silent:web", days(30), "wang", "known")
    book.update([], days(12), Watch())
    assert book.update([], days(13), Watch()).resolved
    with pytest.raises(NotFound, match="there are none"):
        book.silence("feed_silent:web", days(1), "wang", "known")


def test_since_when_it_is_does_not_move_while_it_stands() -> None:
    book = AlertBook()
    book.update([alert(since=NOW)], NOW, Watch())
    book.update([alert(since=days(1))], days(1), Watch())
    (one,) = book.standing.values()
    assert datetime.fromisoformat(one.alert["since"]) == NOW


def test_the_book_is_the_same_after_it_was_kept(tmp_path: Path) -> None:
    home = home_told(tmp_path / "home", [customer("a")], [event("lead.created", "a", NOW)])
    book = AlertBook.of(home)
    changes = book.update([alert(), alert("drift", "renewal")], NOW, Watch())
    book.silence("drift:renewal", days(3), "wang", "known")
    book.keep(home, changes)
    assert AlertBook.of(home) == book
    lines = (home.reports / "alerts.ndjson").read_text("utf-8").splitlines()
    assert len(lines) == 2


def test_an_answer_says_what_since_when_whom_how_sure_and_what_to_do() -> None:
    found: AlertAnswer = alert().answer()
    assert found["title"] == {"zh": "数据源中断：web", "en": "a feed is silent: web"}
    assert found["sure"]["en"].startswith("as good as certain")
    for name in ("cause", "affects", "advice"):
        assert found[name] == SOME.text()  # type: ignore[literal-required]
