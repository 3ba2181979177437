"""Drafts tried on the ledger beside what is asked of this process; how far that is stands with the draft."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import datetime, timedelta
from threading import Thread

from features.configuration import Configuration
from features.home import Home
from leads.errors import InvalidInput
from monitoring.whatif.comparison import Comparison
from monitoring.whatif.rehearsal import what_if
from serving.catalogue.checking import Checking
from serving.catalogue.draft import Draft, Rehearsal, Rehearsing
from serving.catalogue.drafts import Drafts
from serving.decisions.experience import Experience
from serving.decisions.outcomes import Outcomes

DAYS = (1, 7, 30)
"""How far back the ledger may be looked at."""

_NAMED = 10
"""Of those who lose an action."""

_EVERY = 0.5
"""Seconds between words of how far it is."""


class _Overtaken(Exception):
    """The draft says something else by now."""


class Rehearsals:
    """Of one process; each runs in a thread of its own."""

    def __init__(
        self, home: Home, outcomes: Outcomes, experience: Experience, drafts: Drafts, checking: Checking,
        now: Callable[[], datetime],
    ) -> None:  # fmt: skip
        self._home = home
        self._outcomes = outcomes
        self._experience = experience
        self._drafts = drafts
        self._checking = checking
        self._now = now

    def begin(self, draft: Draft, days: int) -> None:
        """Try a draft on the decisions of the last days. Raises InvalidWorkspace, Conflicting for what cannot be
        served, InvalidInput for other days.
        """
        if days not in DAYS:
            raise InvalidInput("days", days, f"one of {', '.join(map(str, DAYS))}")
        target, now = self._checking.of(draft.text).require(), self._now()
        if draft.under_way(now) is None and self._drafts.goes_on(draft.number, Rehearsing(draft.name, now, 0.0)):
            Thread(target=self._run, args=(draft, target, now - timedelta(days=days), now), daemon=True).start()

    def _run(self, draft: Draft, target: Configuration, since: datetime, now: datetime) -> None:
        try:
            found, why = self._found(draft, target, since, now)
        except _Overtaken:
            return
        except BaseException:
            self._drafts.broke_off(draft.number, draft.name)
            raise
        document = None if found is None else found.document()
        self._drafts.rehearsed(draft.number, Rehearsal(draft.name, now, since, document, why))

    def _found(
        self, draft: Draft, target: Configuration, since: datetime, now: datetime
    ) -> tuple[Comparison | None, str | None]:
        told = Telling(self._drafts, draft, self._now)
        try:
            return what_if(self._home, self._outcomes, self._experience, target, since, now, _NAMED, told), None
        except InvalidInput as error:
            if error.errors[0].field != "ledger":
                raise
            return None, error.errors[0].reason


class Telling:
    """Says how far it is, now and then."""

    def __init__(self, drafts: Drafts, draft: Draft, now: Callable[[], datetime]) -> None:
        self._drafts = drafts
        self._draft = draft
        self._now = now
        self._last = time.monotonic()

    def __call__(self, step: str, share: float = 0.0) -> None:
        if time.monotonic() - self._last < _EVERY:
            return
        self._last = time.monotonic()
        if not self._drafts.goes_on(self._draft.number, Rehearsing(self._draft.name, self._now(), share)):
            raise _Overtaken
