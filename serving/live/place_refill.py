"""Places refilled: records, states and places of everyone, in an emptied store."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime

from serving.live.live_states import LiveStates
from serving.live.placement import Placement
from serving.live.revivals import Revivals
from serving.live.soundness import Folded
from serving.people.contact import Contact
from serving.people.contacts import Contacts
from serving.people.reach import Reach
from serving.queue.rests import Rests

CHUNK = 2000
"""Customers written at once."""

Progress = Callable[[int, int], None]
"""Called with how many customers are done, of how many."""


class PlaceRefill:
    """Writes them, chunk by chunk."""

    def __init__(
        self, states: LiveStates, contacts: Contacts, rests: Rests, revivals: Revivals, placement: Placement
    ) -> None:
        self._states = states
        self._contacts = contacts
        self._rests = rests
        self._revivals = revivals
        self._placement = placement

    def refill(self, people: Mapping[str, Contact], states: Folded, now: datetime, progress: Progress | None) -> None:
        everyone = list(people)
        for start in range(0, len(everyone), CHUNK):
            ids = everyone[start : start + CHUNK]
            told = [people[customer_id] for customer_id in ids]
            folded = states.of([customer_id for customer_id in ids if customer_id in states.rows])
            self._states.fill(told, folded)
            self._end_rests(told, folded, now)
            self._placement.rescore(ids, now)
            if progress is not None:
                progress(start + len(ids), len(everyone))

    def _end_rests(self, told: Sequence[Contact], folded: Folded, now: datetime) -> None:
        """Those that ended before their time, as they did live."""
        revived = self._to_revive(told)
        if revived:
            names = [reach.customer_id for reach in revived]
            self._revivals.revive(None, revived, self._states.read(names), names, now)
        met = list(folded.rows)
        self._revivals.come_back(None, met, folded.standing, met, now)

    def _to_revive(self, told: Sequence[Contact]) -> list[Reach]:
        """Those who rest for good, and those with a number that was wrong and was told again."""
        retold = {contact.customer_id for contact in told if any(span.wrong for span in contact.spans.values())}
        resting = self._rests.for_good([contact.customer_id for contact in told])
        return [reach for reach in self._contacts.reach(sorted({*resting, *retold})) if reach is not None]
