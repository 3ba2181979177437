"""Reports of wrong numbers, as the lake tells them: about whom, and about which number."""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

import polars as pl

from features.digest import digest_of
from features.home import Home
from features.lake import ARRIVED, IMPORT, data_of, into_of, read_events, read_own
from features.own_events import COMPLETED, DIALLED, MERGED, NUMBER_WRONG, UNMERGED
from features.people import surviving
from features.wrong_numbers import CALL, OURS, WRONG, Report, normalised, report_of
from leads.configuration.workspace import Workspace
from leads.history import TIME


class Heard(NamedTuple):
    """A report of the lake. arrived: its place of arrival, 0 of an imported one. ids: all ids of the person that it was
    about when it arrived; of an imported one, that imports have ever told of.
    """

    report: Report
    arrived: int
    ids: Collection[str]


def read_reports(home: Home, until: datetime | None = None) -> Iterator[Heard]:
    """All reports of the lake, under the ids as they came, with the number that was dialled, where that was kept. Of
    those about a person one of whose ids was erased since, what was kept counts instead.
    """
    merges = read_own(home, MERGED, UNMERGED, until=until)
    circles, changes = Circles(), deque(merges.iter_rows(named=True))
    imported = Circles(merges.filter(type=MERGED, source=IMPORT).iter_rows(named=True))
    settled = list(_reported(read_own(home, NUMBER_WRONG, until=until)))
    over = {heard.report.of for heard in settled}
    dialled = {heard.report.of: heard.report.phone for heard in _reported(read_own(home, DIALLED, until=until))}
    for report, arrived, _ in sorted(_reports(home, until), key=lambda heard: heard.arrived):
        while changes and (changes[0][ARRIVED] or 0) <= arrived:
            circles.change(changes.popleft())
        if report.of not in over:
            known = report._replace(phone=report.phone or dialled.get(report.of))
            yield Heard(known, arrived, (circles if arrived else imported).of(report.customer_id))
    yield from (heard for heard in settled if heard.report.phone is not None)


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


class Note(NamedTuple):
    """An own event about a report: of its number, or of what it says of a customer. time: microseconds."""

    id: str
    source: str
    type: str
    customer_id: str
    time: int
    data: Mapping[str, Any]


def noted(kind: str, report: Report, customer_id: str, phone: str | None) -> Note:
    """The note of a kind (DIALLED, NUMBER_WRONG) that keeps it; the same whenever it is made."""
    name = digest_of("\x00".join((kind, *report.of, customer_id, phone or "")))
    return Note(name, f"{OURS}numbers", kind, customer_id, report.at, {"of": report.of, "phone": phone})


def note_rows(notes: Sequence[Note]) -> pl.DataFrame:
    """As the lake keeps own events."""
    rows = [note._replace(data=json.dumps(note.data)) for note in notes]  # type: ignore[arg-type]
    schema = dict.fromkeys(("id", "source", "type", "customer_id"), pl.String())
    frame = pl.DataFrame(rows, schema={**schema, "time": pl.Int64(), "data": pl.String()}, orient="row")
    return frame.with_columns(pl.col("time").cast(TIME), pl.lit(None, pl.Int64()).alias(ARRIVED))


def _reported(kept: pl.DataFrame) -> Iterator[Heard]:
    """What is kept of reports, of each customer by themselves."""
    for customer_id, at, data in kept.select("customer_id", pl.col("time").to_physical(), "data").iter_rows():
        told = data_of(data)
        yield Heard(Report(customer_id, told.get("phone"), at, (told["of"][0], told["of"][1])), 0, {customer_id})


def _reports(home: Home, until: datetime | None) -> Iterator[Heard]:
    columns, moment = ["source", "id", "type", "customer_id"], pl.col("time").to_physical()
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
) -> Iterator[Heard]:
    source, event_id, kind, customer_id = event
    report = report_of(kind, (source, event_id), customer_id, at, data)
    if report is not None:
        yield Heard(normalised(report, workspace), arrived or 0, {customer_id})
