"""One round of looking after a home: look, keep the book of alerts, and say what is new."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from features.home import Home
from monitoring.alerts.alert_book import AlertBook, Changes
from monitoring.alerts.found import alerts_of
from monitoring.watching.look import Look, Progress, look
from serving.scoring.models import Models


def guarded(
    home: Home, at: datetime, now: datetime, progress: Progress | None = None
) -> tuple[Look, AlertBook, Changes]:  # fmt: skip
    """Look at the record up to `at` when it is `now`, and take what is found into the book, which is not kept yet: so
    that nothing is lost of what could not be sent.
    """
    found = look(home, at, progress=progress, now=now)
    book = AlertBook.of(home)
    alerts = alerts_of(found, home.configuration, Models(home).bundles)
    return found, book, book.update(alerts, now, home.configuration.watch)


def log_changes(changes: Changes, say: Callable[[str], None]) -> None:
    """A line for each, for the log of the service."""
    for what, alerts in (("alert", [*changes.raised, *changes.reminded]), ("over", changes.resolved)):
        for alert in alerts:
            say(f"{what}: {alert['title']['en']}: {'; '.join(seen['en'] for seen in alert['what'])}")
