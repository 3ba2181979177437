"""Reports of one home, as whoever asks for them gets them: one at a time, for the time that its clock has reached."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from threading import Lock
from typing import TypeVar

from features.configuration import Configuration
from features.home import Home
from monitoring.record.tables import MEMORY, Tables, reading
from monitoring.reports.answer import BehindFigure, BusinessReport, BusinessReports
from monitoring.reports.catalogue import named_reports, report_named
from monitoring.reports.making import behind, made
from monitoring.reports.question import Question

USUAL = timedelta(days=30)
"""How far back a report goes where nobody says since when."""

Made = TypeVar("Made")


class Reports:
    """What a home's lake tells managers. memory: what one reading may take."""

    def __init__(self, home: Home, now: Callable[[], datetime], memory: str = MEMORY) -> None:
        self._home = home
        self._now = now
        self._memory = memory
        self._one = Lock()

    def names(self) -> BusinessReports:
        """Which reports there are."""
        return named_reports(self._home.configuration)

    def question(self, since: datetime | None, until: datetime | None) -> Question:
        """A time to ask about: by default the last 30 days of what is recorded by now."""
        end = self.until(until)
        return Question(end - USUAL if since is None else since, end)

    def until(self, until: datetime | None) -> datetime:
        """When the time ends that is asked about: no later than what is recorded by now."""
        end = min(self._now(), self._home.observed_until)
        return end if until is None else min(until, end)

    def report(self, name: str, question: Question) -> BusinessReport:
        """Raises NotFound, and InvalidInput for a dimension or a filter that the report does not have."""
        definition = report_named(name)
        return self.read(question.until, lambda tables: made(definition, question, tables))

    def customers(
        self, name: str, question: Question, figure: str, key: str | None = None, limit: int = 200
    ) -> BehindFigure:
        """The customers behind a figure: of the row of this key (empty: of what is not known), of all where it is None.
        Raises as `report`, and InvalidInput for a figure that there is not.
        """
        definition = report_named(name)
        return self.read(question.until, lambda tables: behind(definition, question, tables, figure, key, limit))

    @property
    def configuration(self) -> Configuration:
        """Of the home."""
        return self._home.configuration

    def read(self, until: datetime, read: Callable[[Tables], Made]) -> Made:
        """Of what was known by a time; nobody else reads meanwhile."""
        with self._one:
            return reading(self._home, until, read, self._memory)


def about(question: Question, by: str | None, region: str | None, team: str | None, product: str | None) -> Question:
    """The same time, by a dimension and of these alone."""
    return replace(question, by=by or None, region=region or None, team=team or None, product=product or None)
