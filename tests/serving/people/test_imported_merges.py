"""Who an import says is one: what the record of merges tells after people had been one, and apart, before it."""

from __future__ import annotations

from datetime import timedelta

import polars as pl
import pytest

from features.lake import append_customers, append_events, read_merges, read_own
from features.own_events import MERGED, UNMERGED
from features.unification import unite
from features.wrong_numbers import Report
from leads.history import TIME
from serving.composition import Composition
from serving.events.stream import Event
from serving.queue.completions import Outcome
from serving.queue.lease import Wanted
from serving.recording.rows import event_frame
from tests.serving.people.test_parting import AT, OTHER, PHONE, hot, quote, work
from tests.serving.small_home import NOW

MAIL = "ann@example.com"
DAY = "2026-03-04"
EVERYONE = Wanted("wang", 1000)


def bring(parts: Composition, *rows: tuple[str, int, str | None, str | None]) -> int:
    """Import customers (id, time, phone, email), and note who is one; how many ids were merged anew."""
    schema = parts.configuration.workspace.customer_schema
    names = ("customer_id", "at", "phone", "email")
    told = pl.DataFrame(
        rows, schema={name: schema[name] if name != "at" else pl.Int64() for name in names}, orient="row"
    )
    empty = [pl.lit(None, dtype).alias(name) for name, dtype in schema.items() if name not in names]
    frame = told.with_columns(pl.col("at").cast(TIME), *empty).select(list(schema))
    append_customers(parts.home, frame)
    return unite(parts.home)


def apart_again(parts: Composition) -> None:
    """Live two shared a number, and it was not the second one's."""
    for name, at in (("ann", AT - 10), ("bob", AT - 9)):
        parts.people.tell(name, {"phone": PHONE}, at)
    parts.people.wrong(Report("bob", PHONE, AT - 8, ("dialer", "w")))
    work(parts)
    parts.recorder.drain()
    assert read_merges(parts.home) == {}


def links(parts: Composition) -> list[str]:
    return read_own(parts.home, MERGED, UNMERGED)["type"].to_list()


def test_whom_an_import_makes_one_after_they_came_apart_live_is_one_in_history_and_after_rebuilds(
    parts: Composition,
) -> None:
    apart_again(parts)
    assert bring(parts, ("ann", AT - 7, PHONE, MAIL), ("bob", AT - 6, None, MAIL)) == 1
    assert read_merges(parts.home) == {"bob": "ann"}
    told = links(parts)
    parts.rebuild.run(NOW)
    assert parts.contacts.surviving(["bob"]) == ["ann"]
    before = hot(parts)
    parts.rebuild.run(NOW)
    assert hot(parts) == before
    assert (unite(parts.home), links(parts)) == (0, told)


@pytest.mark.parametrize("later", [0, 40])
def test_whom_a_corrected_import_takes_apart_is_apart_and_stays_so(parts: Composition, later: int) -> None:
    assert bring(parts, ("ann", AT - 90 + later, PHONE, None), ("bob", AT - 90, PHONE, None)) == 1
    report = Event("w", "file", "call.completed", "bob", AT - 89, {"disposition": "wrong_number"})
    append_events(parts.home, event_frame(parts.configuration.workspace, [report]))
    assert unite(parts.home) == 0
    assert read_merges(parts.home) == {}
    told = links(parts)
    parts.rebuild.run(NOW)
    assert parts.contacts.surviving(["bob"]) == ["bob"]
    assert (unite(parts.home), links(parts)) == (0, told)


@pytest.mark.parametrize("live", [True, False])
def test_a_promise_outlives_a_call_with_whom_an_import_makes_one_with_them_later_as_live(
    parts: Composition, live: bool
) -> None:
    for name, phone in (("ann", PHONE), ("bob", OTHER)):
        parts.people.tell(name, {"phone": phone}, AT - 9)
        parts.stream.accept([quote(name)], NOW)
    work(parts)
    due = NOW + timedelta(hours=5)
    call(parts, "ann", Outcome("callback", 9.0, due, {}))
    call(parts, "bob", Outcome("no_answer", 0.0, None, {}))
    if live:
        for name in ("ann", "bob"):
            parts.people.tell(name, {"email": MAIL}, AT - 1)
        work(parts)
        parts.recorder.drain()
    else:
        parts.recorder.drain()
        bring(parts, ("ann", AT - 1, PHONE, MAIL), ("bob", AT - 1, OTHER, MAIL))
    parts.rebuild.run(NOW)
    assert parts.contacts.surviving(["bob"]) == ["ann"]
    (promise,) = parts.queue.promises.of(["ann"])
    assert promise is not None and promise.due == due


def test_whoever_is_held_when_an_import_makes_them_one_with_another_is_held_as_that_one(parts: Composition) -> None:
    for name, phone in (("ann", PHONE), ("bob", OTHER)):
        parts.people.tell(name, {"phone": phone}, AT - 9)
        parts.stream.accept([quote(name)], NOW)
    work(parts)
    lease = claimed(parts, "bob")
    parts.recorder.drain()
    bring(parts, ("ann", AT - 1, PHONE, MAIL), ("bob", AT - 1, OTHER, MAIL))
    parts.rebuild.run(NOW)
    assert not {"ann", "bob"} & {other.customer_id for other in parts.queue.leases.claim("all", EVERYONE, NOW, DAY)}
    due = NOW + timedelta(hours=5)
    assert parts.completions.complete(*lease, Outcome("callback", 9.0, due, {}), NOW).customer_id == "ann"
    promises = parts.queue.promises.of(["ann", "bob"])
    assert [promise and promise.due for promise in promises] == [due, None]


def test_whoever_is_held_when_a_corrected_import_takes_them_from_another_is_held_as_themselves(
    parts: Composition,
) -> None:
    for name in ("ann", "bob"):
        parts.stream.accept([quote(name)], NOW)
    work(parts)
    parts.recorder.drain()
    bring(parts, ("ann", AT - 90, PHONE, None), ("bob", AT - 80, OTHER, None))
    parts.rebuild.run(NOW)
    lease = claimed(parts, "bob")
    bring(parts, ("ann", AT - 70, PHONE, MAIL), ("bob", AT - 70, OTHER, MAIL))
    parts.rebuild.run(NOW)
    parts.merging.unmerge("ann", "bob", "lin", "father and son", AT - 5)
    parts.recorder.drain()
    parts.rebuild.run(NOW)
    assert parts.completions.complete(*lease, Outcome("no_answer", 0.0, None, {}), NOW).customer_id == "bob"


def call(parts: Composition, name: str, outcome: Outcome) -> None:
    """Somebody calls them, and tells what came of it."""
    parts.completions.complete(*claimed(parts, name), outcome, NOW)
    work(parts)


def claimed(parts: Composition, name: str) -> tuple[str, int]:
    """The lease of one who is held, and its token."""
    mine = []
    for lease in parts.queue.leases.claim("all", EVERYONE, NOW, DAY):
        if lease.customer_id == name:
            mine.append((lease.id, lease.token))
        else:
            parts.queue.leases.release(lease.id, lease.token, NOW)
    (held,) = mine
    return held


@pytest.mark.parametrize("lived_in", [False, True])
def test_an_imported_report_is_about_the_person_that_the_import_tells_of_however_often_it_is_read(
    parts: Composition, lived_in: bool
) -> None:
    if lived_in:
        parts.stream.accept([quote("somebody")], NOW)
        work(parts)
        parts.recorder.drain()
    report = Event("w", "file", "call.completed", "ann", AT - 9, {"disposition": "wrong_number"})
    append_events(parts.home, event_frame(parts.configuration.workspace, [report]))
    bring(parts, ("ann", AT - 90, None, MAIL), ("bob", AT - 90, PHONE, MAIL), ("cat", AT - 90, PHONE, None))
    merges = read_merges(parts.home)
    parts.rebuild.run(NOW)
    before = hot(parts)
    assert parts.contacts.surviving(["ann", "bob", "cat"]) == ["ann", "ann", "cat"]
    assert parts.contacts.owners([f"phone:{PHONE}"]) == [None]
    assert merges == read_merges(parts.home) == {"bob": "ann"}
    parts.rebuild.run(NOW)
    assert hot(parts) == before
