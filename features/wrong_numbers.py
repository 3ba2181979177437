"""Wrong numbers: which customers were reported not to be at a number, and when."""

from __future__ import annotations

from collections import deque
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple

import polars as pl

from features.home import Home
from features.identity import identity_key
from features.lake import ARRIVED, IMPORT, data_of, into_of, read_events, read_own
from features.own_events import COMPLETED, MERGED, UNMERGED
from features.people import surviving
from features.spans import Telling
from leads.configuration.workspace import Workspace

WRONG = "wrong_number"
CALL = "call.completed"
"""Beside COMPLETED the event that says what came of a call."""

OURS = "nextlead/"
"""How the sources of what we tell begin: beside its `lease.completed`, which names the number, a call says nothing."""


class Report(NamedTuple):
    """Somebody else was found at a customer's number. phone: None for the one that they had then. at: microseconds."""

    customer_id: str
    phone: str | None
    at: int


def report_of(kind: str, source: str, customer_id: str, at: int, data: Mapping[str, Any]) -> Report | None:
    """What an event reports, None where it is nothing of the kind."""
    if kind not in (CALL, COMPLETED) or data.get("disposition") != WRONG:
        return None
    phone = data.get("phone")
    told = phone if isinstance(phone, str) else None
    return None if kind == CALL and source.startswith(OURS) else Report(customer_id, told, at)


def mistaken(
    report: Report, told: Mapping[str, Mapping[str, Telling]], skew: timedelta = timedelta(0)
) -> tuple[str, dict[str, int]]:
    """The identity that a report is about (where no number is told that of the id that was called, else of the person),
    and the ids whose it is not, each with since when that counts: the one that was called where it told that number,
    else all ids of the person that did. Whom it is known of is left out.

    told: what each id of the person told. skew: by how much the reporter's clock may be behind: a number that was told
    first so soon after the report was there already.
    """
    late = skew // timedelta(microseconds=1)
    mine = {report.customer_id: told.get(report.customer_id, {})}
    key = f"phone:{report.phone}" if report.phone else _theirs(report.at, mine, late) or _theirs(report.at, told, late)
    theirs = mine if key in mine[report.customer_id] else told
    times = {name: _counts(own[key], report.at, late) for name, own in theirs.items() if key in own}
    return key, {name: at for name, at in times.items() if at is not None}


def _counts(telling: Telling, at: int, late: int) -> int | None:
    """Since when a report of a time counts for a number; None where it is known, or about what was told before it."""
    if telling.wrong >= at > 0:
        return None
    if telling.since <= at:
        return at
    return telling.since if not telling.wrong and telling.since <= at + late else None


def _theirs(at: int, told: Mapping[str, Mapping[str, Telling]], late: int) -> str:
    """The number that somebody had at a time: of several the one that was told last by then."""
    phones = [(key, telling) for mine in told.values() for key, telling in mine.items() if key.startswith("phone:")]
    then = [
        (telling.told if telling.told <= at else telling.since, key)
        for key, telling in phones
        if telling.since <= at and not telling.since <= telling.ended <= at
    ]
    soon = [(-telling.since, key) for key, telling in phones if at < telling.since <= at + late]
    return max(then or soon, default=(0, ""))[1]


def read_reports(home: Home, until: datetime | None = None) -> Iterator[tuple[Report, Collection[str]]]:
    """All reports of the lake, under the ids as they came, each with all ids of the person that it was about when it
    arrived; of an imported one, that imports have ever told of.
    """
    merges = read_own(home, MERGED, UNMERGED, until=until)
    circles, changes = Circles(), deque(merges.iter_rows(named=True))
    imported = Circles(merges.filter(type=MERGED, source=IMPORT).iter_rows(named=True))
    for arrived, report in sorted(_reports(home, until), key=lambda found: found[0]):
        while changes and (changes[0][ARRIVED] or 0) <= arrived:
            circles.change(changes.popleft())
        yield report, (circles if arrived else imported).of(report.customer_id)


class Circles:
    """Who is one person with whom, change by change."""

    def __init__(self, changes: Iterable[Mapping[str, Any]] = ()) -> None:
        self._into: dict[str, str] = {}
        self._members: dict[str, set[str]] = {}
        for change in changes:
            self.change(change)

    def of(self, customer_id: str) -> Collection[str]:
        return self._members.get(surviving(self._into, customer_id), {customer_id})

    def change(self, row: Mapping[str, Any]) -> None:
        """An id leads to another one from now on, or to itself where a merge is taken back."""
        customer_id, into = row["customer_id"], into_of(row["data"]) if row["type"] == MERGED else None
        names = {*self.of(customer_id), *(self.of(into) if into is not None else ())}
        for name in names:
            self._members.pop(name, None)
        self._into.pop(customer_id, None)
        if into not in (None, customer_id):
            self._into[customer_id] = str(into)
        for name in names:
            self._members.setdefault(surviving(self._into, name), set()).add(name)


def _reports(home: Home, until: datetime | None) -> Iterator[tuple[int, Report]]:
    """Each with its place of arrival, 0 for imported ones."""
    columns, moment = ["type", "source", "customer_id"], pl.col("time").to_physical()
    workspace = home.configuration.workspace
    schema = workspace.event_schema
    if "disposition" in schema:
        told = read_events(home, until=until, as_came=True, by_arrival=True).filter(type=CALL, disposition=WRONG)
        phone = pl.col("phone") if schema.get("phone") == pl.String() else pl.lit(None, pl.String()).alias("phone")
        for *event, at, number, arrived in told.select(*columns, moment, phone, ARRIVED).iter_rows():
            yield from _read(workspace, event, at, {"disposition": WRONG, "phone": number}, arrived)
    rows = read_own(home, COMPLETED, until=until).filter(pl.col("data").str.contains(WRONG, literal=True))
    for *event, at, data, arrived in rows.select(*columns, moment, "data", ARRIVED).iter_rows():
        yield from _read(workspace, event, at, data_of(data), arrived)


def _read(
    workspace: Workspace, event: Sequence[str], at: int, data: Mapping[str, Any], arrived: int | None
) -> Iterator[tuple[int, Report]]:
    kind, source, customer_id = event
    report = report_of(kind, source, customer_id, at, data)
    if report is not None:
        yield arrived or 0, normalised(report, workspace)


def normalised(report: Report, workspace: Workspace) -> Report:
    """With the number in its normal form, where it has one."""
    key = identity_key("phone", report.phone, workspace.recognition)
    return report if key is None else report._replace(phone=key.removeprefix("phone:"))
