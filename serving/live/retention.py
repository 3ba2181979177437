"""Retention carried out: what is kept no longer leaves the lake, and live state is folded from what is left."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

import polars as pl

from features.home import Home
from features.retention import drop_overdue, overdue
from leads.configuration.retention import cutoff
from serving.audit.aging import drop_entries
from serving.clock import microseconds
from serving.events.stream import Event
from serving.events.timeline import HotTimelines
from serving.live.refold_states import StateRefolding
from serving.people.contact import Contact
from serving.people.contacts import Contacts
from serving.people.legal_holds import LegalHolds
from serving.people.people import People
from serving.recording.recorder import Recorder

_AT_ONCE = 200
"""Customers whose states are folded anew together."""

_LOOKED_AT = 500
"""Records looked through together for tags that are kept no longer."""


@dataclass(frozen=True)
class Carried:
    """What went. counts: by what it was. customers: whose events did. trail: files of the audit trail."""

    counts: dict[str, int]
    customers: int
    trail: int


class RetentionRun:
    """Carries out what the workspace declares. Whoever is under a legal hold is left as they are."""

    def __init__(
        self, home: Home, recorder: Recorder, refolding: StateRefolding, timelines: HotTimelines, contacts: Contacts,
        people: People, holds: LegalHolds,
    ) -> None:  # fmt: skip
        self._home = home
        self._recorder = recorder
        self._refolding = refolding
        self._timelines = timelines
        self._contacts = contacts
        self._people = people
        self._holds = holds

    def run(self, now: datetime, dry: bool = False) -> Carried:
        """dry: only tell what would go. Raises DamagedFiles, after all that could be done is."""
        retention = self._home.configuration.workspace.retention
        if not retention.is_declared:
            return Carried({}, 0, 0)
        self._recorder.drain()
        found = drop_overdue(self._home, now, self._holds.among, dry)
        if not dry:
            self._refold(sorted(found.customers), now)
            self._clear_tags(now)
        end = cutoff(retention.trail, now)
        files = 0 if end is None else drop_entries(self._home.folder, end, dry)
        return Carried(dict(sorted(found.counts.items())), len(found.customers), files)

    def _refold(self, customer_ids: Sequence[str], now: datetime) -> None:
        for part in _parts(customer_ids, _AT_ONCE):
            self._refolding.refold(part, lambda frame: self._still_kept(frame, now), now)
            self._timelines.drop(self._contacts.surviving(part), lambda event: self._is_over(event, now))

    def _still_kept(self, frame: pl.DataFrame, now: datetime) -> pl.DataFrame:
        """Of events those that are kept; all of whoever is held."""
        over = overdue(self._home.configuration.workspace.retention, now, frame.columns)
        ids = frame["customer_id"].unique().to_list()
        held = [name for name, is_held in zip(ids, self._holds.among(ids), strict=True) if is_held]
        return frame.filter(~over | pl.col("customer_id").is_in(held))

    def _is_over(self, event: Event, now: datetime) -> bool:
        end = self._home.configuration.workspace.retention.event_cutoff(event.type, now)
        return end is not None and event.time < microseconds(end) and not any(self._holds.among([event.customer_id]))

    def _clear_tags(self, now: datetime) -> None:
        """Take away what was told too long ago, as if somebody had told that it is not known."""
        retention = self._home.configuration.workspace.retention
        ends = {f"tag:{tag}": cutoff(keep, now) for tag, keep in retention.tags.items()}
        befores = {name: microseconds(end) for name, end in ends.items() if end is not None}
        for names in self._contacts.ids(_LOOKED_AT) if befores else ():
            ids = [name for members in self._contacts.members(names) for name in members]
            own, _ = self._contacts.own(ids)
            for name, is_held in zip(own, self._holds.among(list(own)), strict=True):
                gone = {} if is_held else _overdue_tags(own[name], befores)
                if gone:
                    self._people.tell(name, gone, microseconds(now))


def _overdue_tags(record: Contact, befores: dict[str, int]) -> dict[str, None]:
    """The tags of a record that were told before these times (us), as news that takes them away."""
    facts = record.facts
    return {name: None for name, end in befores.items() if name in facts and _is_before(facts[name], end)}


def _is_before(fact: tuple[int, object], end: int) -> bool:
    at, value = fact
    return value is not None and at < end


def _parts(names: Sequence[str], size: int) -> Iterator[Sequence[str]]:
    for start in range(0, len(names), size):
        yield names[start : start + size]
