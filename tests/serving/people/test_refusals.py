"""Whoever said no is not called: no update, merge, import or rebuild makes a yes of it, only another yes does."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import count
from typing import Any

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from features.lake import append_customers, read_customers
from features.unification import unite
from serving.composition import Composition
from serving.events.stream import Event
from serving.live.worker import StreamWorker
from serving.queue.completions import Outcome
from serving.queue.lease import Wanted
from tests.serving.small_home import NOW
from training.batch import features_of

LATER = NOW + timedelta(minutes=30)

UNRELATED: tuple[dict[str, Any], ...] = (
    {}, {"tag:age": 44.0}, {"email": "a@example.com"}, {"consent:sms": True}, {"timezone": "Asia/Urumqi"},
)  # fmt: skip

_names = count()
_workers: dict[str, StreamWorker] = {}


def at(seconds: float) -> int:
    return round((NOW + timedelta(seconds=seconds)).timestamp() * 1e6)


def refusal(customer: str, seconds: float, given: bool = False, channel: str = "call") -> Event:
    data = {"channel": channel, "consent": given}
    return Event(f"r{next(_names)}", "test", "consent.changed", customer, at(seconds), data)


@pytest.fixture(autouse=True)
def worker(parts: Composition) -> StreamWorker:
    """The one worker, who has all partitions."""
    worker = parts.stream_worker()
    worker.tend()
    _workers[parts.home.folder.as_posix()] = worker
    return worker


def settled(parts: Composition) -> None:
    worker = _workers[parts.home.folder.as_posix()]
    while worker.step():
        pass


def refused(parts: Composition, customer: str, seconds: float = 1) -> None:
    parts.stream.accept([refusal(customer, seconds)], NOW)
    settled(parts)


def live(parts: Composition, customer: str, channel: str = "call") -> bool | None:
    survivor = parts.contacts.surviving([customer])[0]
    found: bool | None = parts.scorer.score([survivor], LATER).sheet.plain_values(f"consent_{channel}")[0]
    return found


def everywhere(parts: Composition, customer: str, channel: str = "call") -> list[bool | None]:
    """The consent as it is live, in history, and after a rebuild."""
    settled(parts)
    said = [live(parts, customer, channel)]
    parts.recorder.drain()
    survivor = parts.contacts.surviving([customer])[0]
    past = features_of(parts.home, LATER)
    said.append(dict(past.select("customer_id", f"consent_{channel}").iter_rows())[survivor])
    parts.rebuild.run(LATER)
    return [*said, live(parts, customer, channel)]


def handed_out(parts: Composition, moment: datetime = LATER) -> set[str]:
    return {lease.customer_id for lease in parts.queue.leases.claim("all", Wanted("wang", 200), moment, "2026-03-04")}


@pytest.mark.parametrize("unrelated", UNRELATED, ids=["nothing", "tag", "email", "channel", "zone"])
def test_an_unrelated_update_after_a_refusal_leaves_it(parts: Composition, unrelated: dict[str, Any]) -> None:
    parts.people.tell("c001", {"consent:call": True}, at(0))
    refused(parts, "c001")
    parts.people.tell("c001", unrelated, at(2))
    assert everywhere(parts, "c001") == [False] * 3
    assert "c001" not in handed_out(parts)


def test_a_yes_that_is_told_again_after_a_refusal_is_a_new_one(parts: Composition) -> None:
    parts.people.tell("c001", {"consent:call": True}, at(0))
    refused(parts, "c001")
    parts.people.tell("c001", {"consent:call": True}, at(2))
    assert everywhere(parts, "c001") == [True] * 3


@pytest.mark.parametrize("refuser", ["c001", "a001", "z001"])
@pytest.mark.parametrize("others", [("z002",), ("a002",), ("a003", "z003")])
def test_a_merge_with_somebody_who_said_nothing_leaves_a_refusal(
    parts: Composition, refuser: str, others: Sequence[str]
) -> None:
    phone = "+8613900000077"
    parts.people.tell(refuser, {"consent:call": True, "phone": phone}, at(0))
    refused(parts, refuser)
    for later, other in enumerate(others):
        parts.people.tell(other, {"phone": phone, "tag:age": 33.0}, at(2 + later))
    assert everywhere(parts, refuser) == [False] * 3


@pytest.mark.parametrize("other", ["a001", "z001"])
def test_what_one_id_takes_back_leaves_the_refusal_of_whom_it_turns_out_to_be(parts: Composition, other: str) -> None:
    parts.people.tell("c001", {"consent:call": False}, at(0))
    parts.people.tell(other, {"consent:call": None, "phone": "+8613800000001"}, at(2))
    assert everywhere(parts, "c001") == [False] * 3
    assert not {"c001", other} & handed_out(parts)
    parts.people.tell("c001", {"consent:call": None}, at(3))
    assert everywhere(parts, "c001") == [None] * 3


@pytest.mark.parametrize("named", ["a", "b"])
def test_who_comes_apart_has_refused_before_the_worker_has_told_them_apart(parts: Composition, named: str) -> None:
    for name in ("a", "b"):
        parts.people.tell(name, {"consent:call": True}, at(0))
    refused(parts, "b")
    parts.merging.merge("a", "b", "lin", "one person", at(2))
    settled(parts)
    parts.merging.unmerge(*(("a", "b") if named == "b" else ("b", "a")), "lin", "a mistake", at(3))
    assert live(parts, "b") is False
    assert everywhere(parts, "b") == [False] * 3
    assert everywhere(parts, "a") == [True] * 3


def test_a_refusal_of_an_import_counts_against_another_row_of_its_moment(parts: Composition) -> None:
    mine = read_customers(parts.home).filter(customer_id="c000").drop("consent_call__told", "consent_sms__told")
    for said in (False, True, None):
        word = pl.lit(said, dtype=pl.Boolean)
        append_customers(parts.home, mine.with_columns(at=NOW - timedelta(minutes=1), consent_call=word))
    parts.rebuild.run(LATER)
    assert everywhere(parts, "c000") == [False] * 3


def test_a_call_completed_with_do_not_call_outlives_an_update(parts: Composition) -> None:
    parts.people.tell("c001", {"consent:call": True}, at(0))
    settled(parts)
    lease = next(
        lease for lease in parts.queue.leases.claim("all", Wanted("wang", 200), NOW, "2026-03-04")
        if lease.customer_id == "c001"
    )  # fmt: skip
    parts.completions.complete(lease.id, lease.token, Outcome("do_not_call", 5.0, None, {}), NOW + timedelta(seconds=1))
    settled(parts)
    parts.people.tell("c001", {"tag:vip": True}, at(2))
    assert everywhere(parts, "c001") == [False] * 3


def test_a_null_takes_a_yes_away_and_no_refusal_of_an_event(parts: Composition) -> None:
    parts.people.tell("c001", {"consent:call": True}, at(0))
    parts.people.tell("c001", {"consent:call": None}, at(1))
    assert everywhere(parts, "c001") == [None] * 3
    refused(parts, "c001", 2)
    parts.people.tell("c001", {"consent:call": None}, at(3))
    assert everywhere(parts, "c001") == [False] * 3


def test_a_refusal_of_all_channels_refuses_each(parts: Composition) -> None:
    parts.people.tell("c001", {"consent:call": True, "consent:sms": True}, at(0))
    parts.stream.accept([refusal("c001", 1, channel="all")], NOW)
    assert everywhere(parts, "c001", "sms") == [False] * 3
    assert everywhere(parts, "c001", "call") == [False] * 3


def test_an_import_that_repeats_a_consent_leaves_a_refusal(parts: Composition) -> None:
    home, row = parts.home, read_customers(parts.home)
    refused(parts, "c000")
    parts.recorder.drain()
    mine = row.filter(row["customer_id"] == "c000").drop("consent_call__told", "consent_sms__told")
    append_customers(home, mine.with_columns(at=LATER - timedelta(minutes=1), age=55.0))
    parts.rebuild.run(LATER)
    assert (mine["consent_call"][0], live(parts, "c000")) == (True, False)


def test_imported_people_who_turn_out_to_be_one_keep_the_refusal_of_either(parts: Composition) -> None:
    home, rows = parts.home, read_customers(parts.home).drop("consent_call__told", "consent_sms__told")
    mine = rows.filter(rows["customer_id"].is_in(["c000", "c010"])).with_columns(phone=pl.lit("13900000055"))
    earlier, later = mine.filter(mine["customer_id"] == "c000"), mine.filter(mine["customer_id"] == "c010")
    append_customers(home, earlier.with_columns(at=NOW, consent_call=False))
    append_customers(home, later.with_columns(at=NOW + timedelta(minutes=1), age=20.0))
    assert unite(home) == 1
    parts.rebuild.run(LATER)
    assert everywhere(parts, "c010") == [False] * 3


word = st.sampled_from(["yes", "no", "nothing", "unsaid", "event yes", "event no", "join", "rebuild"])
steps = st.lists(st.tuples(st.sampled_from("ab"), word, st.integers(0, 3)), min_size=1, max_size=7)


@settings(max_examples=10, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(steps)
def test_in_whatever_order_words_merges_and_rebuilds_come_the_last_word_counts_everywhere(
    parts: Composition, steps: list[tuple[str, str, int]]
) -> None:
    stem = f"law{next(_names)}"
    phone = f"+861390001{next(_names):04d}"
    told: dict[str, list[tuple[int, int]]] = {}
    said: list[tuple[int, int]] = []
    for name, what, when in steps:
        customer = f"{stem}{name}"
        if what.startswith("event"):
            given = what == "event yes"
            parts.stream.accept([refusal(customer, when, given)], NOW)
            said.append((when, 0 if given else 2))
        elif what == "join":
            for both in "ab":
                parts.people.tell(f"{stem}{both}", {"phone": phone}, at(when))
        elif what == "rebuild":
            settled(parts)
            parts.recorder.drain()
            parts.rebuild.run(LATER)
        else:
            news = {"yes": True, "no": False, "unsaid": None}
            parts.people.tell(customer, {"consent:call": news[what]} if what in news else {}, at(when))
            if what in news:
                told.setdefault(name, []).append((when, {"yes": 0, "unsaid": 1, "no": 2}[what]))
    for both in "ab":
        parts.people.tell(f"{stem}{both}", {"phone": phone}, at(9))
    assert everywhere(parts, f"{stem}a") == [_last(_told(told), max(said, default=None))] * 3


def _told(told: dict[str, list[tuple[int, int]]]) -> tuple[int, int] | None:
    """The last word of records; one that an id took away leaves the no of another."""
    each = [max(words) for words in told.values()]
    last, refused = max(each, default=None), [word for word in each if word[1] == 2]
    return max(refused) if last is not None and last[1] == 1 and refused else last


def _last(told: tuple[int, int] | None, said: tuple[int, int] | None) -> bool | None:
    """The last word of records and events, of which the no counts at the same moment; one that was taken away ends a
    yes of an event, never a no.
    """
    if said == (said and (said[0], 2)) and said is not None and told is not None and told[1] == 1:
        return False
    latest = max((word for word in (told, said) if word is not None), default=None)
    return None if latest is None else {0: True, 1: None, 2: False}[latest[1]]
