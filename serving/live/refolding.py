"""Refolding: what is known of ids that were one and are not any more, folded again from all they told themselves."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np
import polars as pl

from features.history import states_at
from features.layout import FeatureLayout
from features.own_events import MERGED
from features.wrong_numbers import OURS
from leads.configuration.vocabulary import DO_NOT_CALL
from leads.contact.policy import CALL
from serving.calls.attempt_records import AttemptRecords
from serving.clock import microseconds
from serving.events.stream import Event
from serving.events.timeline import HotTimelines
from serving.live.told_record import ToldRecord
from serving.people.contacts import Contacts
from serving.people.erased_customers import ErasedCustomers
from serving.queue.aftermath import Aftermath, CallRecord, standing

_LAST = 2**63 - 1
"""Where an event stands whose place of arrival is not known any more."""


@dataclass(frozen=True)
class Apart:
    """People who came apart, row i of the states being the i-th person.

    people: surviving id → all ids. timeline: their newest events as they came. aftermath: what calls have left behind,
    and pages: of the call book as it was, both by surviving id. kept: refusals of the one that are the others' too,
    told anew.
    """

    people: Mapping[str, Sequence[str]]
    interactions: np.ndarray
    standing: np.ndarray
    interactions_at: np.ndarray
    timeline: Sequence[Event]
    aftermath: Mapping[str, Aftermath]
    pages: Mapping[str, bytes]
    kept: Sequence[Event]

    @property
    def into(self) -> dict[str, str]:
        """Id → the one that survives."""
        return {name: into for into, members in self.people.items() for name in members}


class Refolding:
    """Folds the states, calls and refusals of people who came apart. grace: how long a promised callback is kept."""

    def __init__(
        self, layout: FeatureLayout, record: ToldRecord, contacts: Contacts, timelines: HotTimelines,
        attempt_records: AttemptRecords, erased: ErasedCustomers, grace: timedelta,
    ) -> None:  # fmt: skip
        self._layout = layout
        self._record = record
        self._contacts = contacts
        self._timelines = timelines
        self._attempt_records = attempt_records
        self._erased = erased
        self._grace = grace

    def people(self, events: Sequence[Event]) -> dict[str, Sequence[str]]:
        """Who the people are who were one until these events: surviving id → all ids. Of more than two of them each
        other one's parting is told by itself: who still stands in a timeline of theirs is told apart with them.
        """
        told = {name for event in events for name in (event.customer_id, str(event.data["from"]))}
        people: dict[str, Sequence[str]] = {}
        while fresh := set(self._contacts.surviving(sorted(told))) - people.keys():
            survivors = sorted(fresh)
            members = self._contacts.members(survivors)
            people |= zip(survivors, members, strict=True)
            line = self._timelines.kept([name for ids in members for name in ids])
            told = {event.customer_id for event in line}
        return people

    def apart(self, people: Mapping[str, Sequence[str]], events: Sequence[Event], now: datetime) -> Apart:
        """What these people are, who were one until these events; on states that are watched from now on. Of who was
        erased since nothing is left but what the others keep of their words.
        """
        there = {name: people[name] for name in self._there(people)}
        survivors = list(there)
        ids = [name for members in people.values() for name in members]
        pages = self._attempt_records.packed(survivors)
        line = [event for event in self._timelines.kept(ids) if event.customer_id in ids]
        waiting, seen = self._record.waiting(ids), [(event, _LAST) for event in line]
        frame = self._record.events(ids, [*((event, at) for event, at, applied in waiting if applied), *seen], now)
        own = self._record.own(ids, [*((event, at) for event, at, _ in waiting), *seen], frame, now)
        layout, workspace = self._layout, self._layout.workspace
        into = {name: survivor for survivor, members in people.items() for name in members}
        mine = frame.with_columns(pl.col("customer_id").replace(into))
        names = pl.Series("customer_id", survivors, dtype=pl.String)
        last = dict(mine.group_by("customer_id").agg(pl.col("time").max().to_physical().cast(pl.Float64)).rows())
        return Apart(
            people=there,
            interactions=states_at(workspace, layout.interactions, names, mine),
            standing=states_at(workspace, layout.standing, names, mine),
            interactions_at=np.array([last.get(name, np.nan) for name in survivors]),
            timeline=line,
            aftermath=dict.fromkeys(survivors, Aftermath()) | self._aftermath(own, there),
            pages=dict(zip(survivors, pages, strict=True)),
            kept=[event for event in self._refusals(events, frame, own, into) if into[event.customer_id] in there],
        )

    def _there(self, people: Mapping[str, Sequence[str]]) -> list[str]:
        """Those who were not erased."""
        names = list(people)
        return [name for name, gone in zip(names, self._erased.among(names), strict=True) if not gone]

    def _aftermath(self, told: Sequence[Event], people: Mapping[str, Sequence[str]]) -> dict[str, Aftermath]:
        merged = {name: into for into, members in people.items() for name in members if name != into}
        own = [event for event in told if event.customer_id in merged or event.customer_id in people]
        rows = [
            {"id": event.id, "source": event.source, "type": event.type, "customer_id": event.customer_id}
            for event in own
        ]
        recognition = self._layout.workspace.recognition
        record = CallRecord(standing(rows), merged, self._grace, recognition)
        for row, event in zip(rows, own, strict=True):
            record.follow(row, event.data)
        return record.people()

    def _refusals(
        self, events: Sequence[Event], frame: pl.DataFrame, own: Sequence[Event], into: Mapping[str, str]
    ) -> list[Event]:
        """Who did not want to be called while they were one was either: the other keeps it as their own word."""
        workspace = self._layout.workspace
        if "disposition" not in frame.columns or "consent.changed" not in workspace.events:
            return []
        calls = frame.filter(pl.col("disposition") == DO_NOT_CALL, pl.col("source").str.starts_with(OURS))
        kept = []
        for event in events:
            since = max((e.time for e in own if e.type == MERGED and e.customer_id == event.customer_id), default=0)
            others = into[self._contacts.surviving([str(event.data["from"])])[0]]
            mine, said = into[event.customer_id], {"channel": CALL, "consent": False}
            for row in calls.iter_rows(named=True):
                at, called = microseconds(row["time"]), into[row["customer_id"]]
                if called in (mine, others) and mine != others and at >= since:
                    other = event.customer_id if called == others else others
                    kept.append(Event(f"{row['id']}/{other}", event.source, "consent.changed", other, at, said))
        return kept
