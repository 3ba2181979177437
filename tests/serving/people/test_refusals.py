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
from serving.events.stream import Event
from serving.live.rebuild import rebuild
from serving.live.worker import Worker
from serving.queue.completion import Outcome, complete
from serving.queue.leases import Wanted
from serving.services import Services
from tests.serving.small_home import NOW
from training.batch import features_of

LATER = NOW + timedelta(minutes=30)

UNRELATED: tuple[dict[str, Any], ...] = (
    {}, {"tag:age": 44.0}, {"email": "a@example.com"}, {"consent:sms": True}, {"timezone": "Asia/Urumqi"},
)  # fmt: skip

_names = count()
_workers: dict[str, Worker] = {}


def at(seconds: float) -> int:
    return round((NOW + timedelta(seconds=seconds)).timestamp() * 1e6)


def refusal(customer: str, seconds: float, given: bool = False, channel: str = "call") -> Event:
    data = {"channel": channel, "consent": given}
    return Event(f"r{next(_names)}", "test", "consent.changed", customer, at(seconds), data)


@pytest.fixture(autouse=True)
def worker(services: Services) -> Worker:
    """The one worker, who has all partitions."""
    worker = Worker(services)
    worker.tend()
    _workers[services.home.folder.as_posix()] = worker
    return worker


def settled(services: Services) -> None:
    worker = _workers[services.home.folder.as_posix()]
    while worker.step():
        pass


def refused(services: Services, customer: str, seconds: float = 1) -> None:
    services.stream.accept([refusal(customer, seconds)], NOW)
    settled(services)


def live(services: Services, customer: str, channel: str = "call") -> bool | None:
    survivor = services.contacts.surviving([customer])[0]
    found: bool | None = services.scorer.score([survivor], LATER).frame[f"consent_{channel}"][0]
    return found


def everywhere(services: Services, customer: str, channel: str = "call") -> list[bool | None]:
    """The consent as it is live, in history, and after a rebuild."""
    settled(services)
    said = [live(services, customer, channel)]
    services.recorder.drain()
    survivor = services.contacts.surviving([customer])[0]
    past = features_of(services.home, LATER)
    said.append(dict(past.select("customer_id", f"consent_{channel}").iter_rows())[survivor])
    rebuild(services, LATER)
    return [*said, live(services, customer, channel)]


def handed_out(services: Services, moment: datetime = LATER) -> set[str]:
    return {lease.customer_id for lease in services.queue.claim("all", Wanted("wang", 200), moment, "2026-03-04")}


@pytest.mark.parametrize("unrelated", UNRELATED, ids=["nothing", "tag", "email", "channel", "zone"])
def test_an_unrelated_update_after_a_refusal_leaves_it(services: Services, unrelated: dict[str, Any]) -> None:
    services.people.tell("c001", {"consent:call": True}, at(0))
    refused(services, "c001")
    services.people.tell("c001", unrelated, at(2))
    assert everywhere(services, "c001") == [False] * 3
    assert "c001" not in handed_out(services)


def test_a_yes_that_is_told_again_after_a_refusal_is_a_new_one(services: Services) -> None:
    services.people.tell("c001", {"consent:call": True}, at(0))
    refused(services, "c001")
    services.people.tell("c001", {"consent:call": True}, at(2))
    assert everywhere(services, "c001") == [True] * 3


@pytest.mark.parametrize("refuser", ["c001", "a001", "z001"])
@pytest.mark.parametrize("others", [("z002",), ("a002",), ("a003", "z003")])
def test_a_merge_with_somebody_who_said_nothing_leaves_a_refusal(
    services: Services, refuser: str, others: Sequence[str]
) -> None:
    phone = "+8613900000077"
    services.people.tell(refuser, {"consent:call": True, "phone": phone}, at(0))
    refused(services, refuser)
    for later, other in enumerate(others):
        services.people.tell(other, {"phone": phone, "tag:age": 33.0}, at(2 + later))
    assert everywhere(services, refuser) == [False] * 3


@pytest.mark.parametrize("other", ["a001", "z001"])
def test_what_one_id_takes_back_leaves_the_refusal_of_whom_it_turns_out_to_be(services: Services, other: str) -> None:
    services.people.tell("c001", {"consent:call": False}, at(0))
    services.people.tell(other, {"consent:call": None, "phone": "+8613800000001"}, at(2))
    assert everywhere(services, "c001") == [False] * 3
    assert not {"c001", other} & handed_out(services)
    services.people.tell("c001", {"consent:call": None}, at(3))
    assert everywhere(services, "c001") == [None] * 3


def test_a_refusal_of_an_import_counts_against_another_row_of_its_moment(services: Services) -> None:
    mine = read_customers(services.home).filter(customer_id="c000").drop("consent_call__told", "consent_sms__told")
    for said in (False, True, None):
        word = pl.lit(said, dtype=pl.Boolean)
        append_customers(services.home, mine.with_columns(at=NOW - timedelta(minutes=1), consent_call=word))
    rebuild(services, LATER)
    assert everywhere(services, "c000") == [False] * 3


def test_a_call_completed_with_do_not_call_outlives_an_update(services: Services) -> None:
    services.people.tell("c001", {"consent:call": True}, at(0))
    settled(services)
    lease = next(
        lease for lease in services.queue.claim("all", Wanted("wang", 200), NOW, "2026-03-04")
        if lease.customer_id == "c001"
    )  # fmt: skip
    complete(services, lease.id, lease.token, Outcome("do_not_call", 5.0, None, {}), NOW + timedelta(seconds=1))
    settled(services)
    services.people.tell("c001", {"tag:vip": True}, at(2))
    assert everywhere(services, "c001") == [False] * 3


def test_a_null_takes_a_yes_away_and_no_refusal_of_an_event(services: Services) -> None:
    services.people.tell("c001", {"consent:call": True}, at(0))
    services.people.tell("c001", {"consent:call": None}, at(1))
    assert everywhere(services, "c001") == [None] * 3
    refused(services, "c001", 2)
    services.people.tell("c001", {"consent:call": None}, at(3))
    assert everywhere(services, "c001") == [False] * 3


def test_a_refusal_of_all_channels_refuses_each(services: Services) -> None:
    services.people.tell("c001", {"consent:call": True, "consent:sms": True}, at(0))
    services.stream.accept([refusal("c001", 1, channel="all")], NOW)
    assert everywhere(services, "c001", "sms") == [False] * 3
    assert everywhere(services, "c001", "call") == [False] * 3


def test_an_import_that_repeats_a_consent_leaves_a_refusal(services: Services) -> None:
    home, row = services.home, read_customers(services.home)
    refused(services, "c000")
    services.recorder.drain()
    mine = row.filter(row["customer_id"] == "c000").drop("consent_call__told", "consent_sms__told")
    append_customers(home, mine.with_columns(at=LATER - timedelta(minutes=1), age=55.0))
    rebuild(services, LATER)
    assert (mine["consent_call"][0], live(services, "c000")) == (True, False)


def test_imported_people_who_turn_out_to_be_one_keep_the_refusal_of_either(services: Services) -> None:
    home, rows = services.home, read_customers(services.home).drop("consent_call__told", "consent_sms__told")
    mine = rows.filter(rows["customer_id"].is_in(["c000", "c010"])).with_columns(phone=pl.lit("13900000055"))
    earlier, later = mine.filter(mine["customer_id"] == "c000"), mine.filter(mine["customer_id"] == "c010")
    append_customers(home, earlier.with_columns(at=NOW, consent_call=False))
    append_customers(home, later.with_columns(at=NOW + timedelta(minutes=1), age=20.0))
    assert unite(home) == 1
    rebuild(services, LATER)
    assert everywhere(services, "c010") == [False] * 3


word = st.sampled_from(["yes", "no", "nothing", "unsaid", "event yes", "event no", "join", "rebuild"])
steps = st.lists(st.tuples(st.sampled_from("ab"), word, st.integers(0, 3)), min_size=1, max_size=7)


@settings(max_examples=10, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(steps)
def test_in_whatever_order_words_merges_and_rebuilds_come_the_last_word_counts_everywhere(
    services: Services, steps: list[tuple[str, str, int]]
) -> None:
    stem = f"law{next(_names)}"
    phone = f"+861390001{next(_names):04d}"
    told: dict[str, list[tuple[int, int]]] = {}
    said: list[tuple[int, int]] = []
    for name, what, when in steps:
        customer = f"{stem}{name}"
        if what.startswith("event"):
            given = what == "event yes"
            services.stream.accept([refusal(customer, when, given)], NOW)
            said.append((when, 0 if given else 2))
        elif what == "join":
            for both in "ab":
                services.people.tell(f"{stem}{both}", {"phone": phone}, at(when))
        elif what == "rebuild":
            settled(services)
            services.recorder.drain()
            rebuild(services, LATER)
        else:
            news = {"yes": True, "no": False, "unsaid": None}
            services.people.tell(customer, {"consent:call": news[what]} if what in news else {}, at(when))
            if what in news:
                told.setdefault(name, []).append((when, {"yes": 0, "unsaid": 1, "no": 2}[what]))
    for both in "ab":
        services.people.tell(f"{stem}{both}", {"phone": phone}, at(9))
    assert everywhere(services, f"{stem}a") == [_last(_told(told), max(said, default=None))] * 3


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
