"""What joined people can be taken back: they are as if they had never been one, live as after a rebuild."""

from __future__ import annotations

from contextlib import suppress
from datetime import datetime, timedelta
from itertools import count, permutations
from typing import Any

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from features.lake import append_customers, append_events, read_customers, read_events
from features.unification import unite
from features.wrong_numbers import Report
from leads.errors import Conflicting, InvalidInput, NotFound
from leads.history import TIME
from serving.composition import Composition
from serving.events.stream import Event
from serving.people.customers import Telling
from serving.people.people import People
from serving.queue.completions import Outcome
from serving.queue.lease import Wanted
from serving.recording.rows import event_frame
from serving.store.words import NEVER
from tests.serving.people.test_people import merging_of, people_of
from tests.serving.small_home import NOW


@pytest.fixture
def patience() -> timedelta:
    """No worker runs beside these tests."""
    return timedelta(0)


LATER = NOW + timedelta(days=2)
AT = int(NOW.timestamp() * 1e6)
PHONE, OTHER = "+8613900009001", "+8613900009002"
KINDS = ("contacts", "records", "members", "identities", "verdicts", "conflicts")
_run = count()


def work(parts: Composition) -> None:
    """Have all that waits be applied."""
    positions = dict(enumerate(parts.stream.applied()))
    while entries := parts.stream.wait(positions, 2000, 0):
        parts.application.apply(entries, NOW)
        positions |= {entry.partition: entry.position for entry in entries}


def hot(parts: Composition) -> dict[str, Any]:
    """Everything that is known of who is who, and the states."""
    keys, client = parts.keyspace, parts.client
    found: dict[str, Any] = {name: client.hgetall(getattr(keys, name)) for name in KINDS}
    links = [name.decode() for name in client.hkeys(keys.merged)]  # type: ignore[union-attr]
    found["into"] = dict(zip(links, parts.contacts.surviving(links), strict=True))
    found["sharers"] = {key: client.smembers(key) for key in client.scan_iter(f"{keys.prefix}:sharers:*")}
    for view in ("profile", "interactions", "standing"):
        rows = list(client.scan_iter(f"{keys.prefix}:{view}:*", count=5000))
        found[view] = dict(zip(rows, client.mget(rows), strict=True)) if rows else {}  # type: ignore[arg-type]
    return found


def quote(customer_id: str, premium: float = 100.0, at: int = AT - 10**9) -> Event:
    name = f"{customer_id}/{next(_run)}"
    return Event(name, "test", "quote.requested", customer_id, at, {"product": "motor", "premium": premium})


names = st.sampled_from(["a", "b", "c", "d"])
step = st.one_of(
    st.tuples(st.just("phone"), names, st.sampled_from([PHONE, OTHER, None])),
    st.tuples(st.just("wechat"), names, st.sampled_from(["wx1", "wx2", None])),
    st.tuples(st.just("tag:national_id"), names, st.sampled_from(["1", "2"])),
    st.tuples(st.just("quote"), names, st.just(None)),
    st.tuples(st.just("wrong"), names, st.sampled_from([PHONE, OTHER])),
    st.tuples(st.just("unmerge"), names, names),
    st.tuples(st.just("merge"), names, names),
)


def act(parts: Composition, prefix: str, kind: str, name: str, value: str | None, at: int) -> None:
    """One thing that happens; what is refused changes nothing."""
    own = f"{prefix}{name}"
    if kind in ("phone", "wrong") and value:
        value = f"{value[:-4]}{int(prefix[1:-1]):02d}{value[-2:]}"
    if kind == "quote":
        parts.stream.accept([quote(own, at=at)], NOW)
    elif kind == "wrong" and parts.contacts.own([own])[0]:
        told = {"disposition": "wrong_number", "phone": value, "lease_id": None}
        with parts.client.pipeline() as pipeline:
            parts.stream.add(pipeline, Event(f"{own}/{at}", "nextlead/leases", "lease.completed", own, at, told))
            pipeline.execute()
    elif kind in ("unmerge", "merge"):
        with suppress(Conflicting, InvalidInput, NotFound):
            getattr(parts.merging, kind)(own, f"{prefix}{value}", "lin", "a mistake", at)
    elif kind != "wrong":
        parts.people.tell(own, {kind: f"{prefix}{value}" if kind == "wechat" and value else value}, at)


@settings(
    max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
@given(st.lists(step, min_size=2, max_size=9))
def test_who_is_who_is_the_same_live_and_after_a_rebuild_whatever_is_told_and_taken_back(
    parts: Composition, steps: list[tuple[str, str, str | None]]
) -> None:
    prefix = f"p{next(_run)}-"
    for number, told in enumerate(steps):
        act(parts, prefix, *told, at=AT - 10**8 + number)
        if number % 3 == 0:
            work(parts)
    work(parts)
    before = hot(parts)
    parts.rebuild.run(NOW)
    assert hot(parts) == before


@pytest.mark.parametrize("order", list(permutations(range(3))))
def test_a_report_of_a_wrong_number_counts_whenever_it_arrives(parts: Composition, order: tuple[int, ...]) -> None:
    prefix = f"{{report{next(_run)}}}"
    people = people_of(parts, prefix)
    acts = [
        lambda: people.tell("ann", {"phone": PHONE}, 1),
        lambda: people.wrong(Report("ann", PHONE, 5, ("dialer", "w"))),
        lambda: people.tell("bob", {"phone": PHONE}, 3),
    ]
    for place in order:
        acts[place]()
    people.wrong(Report("ann", PHONE, 5, ("dialer", "w")))
    contacts = people._contacts
    assert contacts.surviving(["ann", "bob"]) == ["ann", "bob"]
    assert contacts.owners([f"phone:{PHONE}"]) == ["bob"]


def test_a_wrong_number_identifies_nobody_until_it_is_told_again(parts: Composition) -> None:
    people = people_of(parts, "{wrong}")
    people.tell("ann", {"phone": PHONE}, 1)
    people.wrong(Report("ann", None, 2, ("dialer", "w")))
    assert [record and record.phone for record in people._contacts.read(["ann"])] == [None]
    assert people.tell("owner", {"phone": PHONE}, 3).customer_id == "owner"
    assert people.tell("ann", {"phone": PHONE}, 4).merged == ("owner",)


def test_a_report_that_is_older_than_what_was_told_changes_nothing(parts: Composition) -> None:
    people = people_of(parts, "{older}")
    people.tell("ann", {"phone": PHONE}, AT)
    people.wrong(Report("ann", PHONE, AT - 61 * 10**6, ("dialer", "w")))
    assert people._contacts.owners([f"phone:{PHONE}"]) == ["ann"]


@pytest.mark.parametrize("phone", [PHONE, None])
def test_a_report_by_a_clock_that_is_behind_counts_for_the_first_telling_and_not_for_the_next(
    parts: Composition, phone: str | None
) -> None:
    people = people_of(parts, f"{{behind{phone}}}")
    people.tell("ann", {"phone": PHONE}, AT)
    for _ in range(2):
        people.wrong(Report("ann", phone, AT - 10**6, ("dialer", "w")))
    assert people._contacts.owners([f"phone:{PHONE}"]) == [None]
    people.tell("ann", {"phone": PHONE}, AT + 10)
    people.wrong(Report("ann", phone, AT - 10**6, ("dialer", "w")))
    assert people._contacts.owners([f"phone:{PHONE}"]) == ["ann"]


def test_a_report_without_a_number_is_about_the_one_they_had_then(parts: Composition) -> None:
    people = people_of(parts, "{then}")
    people.tell("ann", {"phone": PHONE}, AT)
    people.tell("ann", {"phone": OTHER}, AT + 20)
    people.wrong(Report("ann", None, AT + 10, ("dialer", "w")))
    assert people._contacts.owners([f"phone:{PHONE}", f"phone:{OTHER}"]) == [None, "ann"]


def test_a_report_without_a_number_is_about_that_of_the_id_that_it_names_whoever_is_one_with_it(
    parts: Composition,
) -> None:
    people = people_of(parts, "{own}")
    people.tell("ann", {"phone": PHONE, "email": "a@example.com"}, AT)
    people.tell("zoe", {"phone": OTHER, "email": "a@example.com"}, AT + 5)
    people.wrong(Report("ann", None, AT + 10, ("dialer", "w")))
    assert people._contacts.owners([f"phone:{PHONE}", f"phone:{OTHER}"]) == [None, "zoe"]


def test_a_wrong_number_that_is_reported_twice_of_one_id_is_still_the_others_of_the_person(parts: Composition) -> None:
    people = people_of(parts, "{twice}")
    for name in ("ann", "zoe"):
        people.tell(name, {"phone": PHONE, "email": "az@example.com"}, AT)
    for _ in range(2):
        people.wrong(Report("ann", PHONE, AT + 10, ("dialer", "w")))
    own, _ = people._contacts.own(["ann", "zoe"])
    assert {name: record.spans[f"phone:{PHONE}"].wrong for name, record in own.items() if record.spans} == {
        "ann": AT + 10
    }


def test_who_shares_a_number_with_somebody_who_was_erased_may_tell_it_again(parts: Composition) -> None:
    for name, paper in (("ann", "1"), ("bob", "2")):
        parts.people.tell(name, {"phone": PHONE, "tag:national_id": paper}, AT)
    parts.erasure.erase("ann", NOW)
    told = parts.customers.tell("bob", Telling(identities={"phone": PHONE}), NOW)
    assert told.customer_id == "bob"
    assert parts.contacts.owners([f"phone:{PHONE}"]) == ["bob"]
    assert parts.people.conflicts() == []


def test_when_one_of_six_who_share_a_number_is_erased_the_others_are_one_again(parts: Composition) -> None:
    for place in range(6):
        parts.people.tell(f"s{place}", {"phone": PHONE}, AT - 10 + place)
    parts.erasure.erase("s0", NOW)
    work(parts)
    before = hot(parts)
    assert parts.contacts.surviving([f"s{place}" for place in range(1, 6)]) == ["s1"] * 5
    parts.cleaning.step()
    parts.rebuild.run(NOW)
    after = hot(parts)
    assert (after["into"], after["contacts"]) == (before["into"], before["contacts"])


@pytest.mark.parametrize("again", [None, PHONE, OTHER])
def test_a_number_that_an_import_says_was_wrong_joins_nobody_though_later_rows_repeat_it(
    parts: Composition, again: str | None
) -> None:
    home = parts.home
    rows = [("ann", AT - 90, PHONE), ("owner", AT - 80, PHONE)] + ([("ann", AT - 60, again)] if again else [])
    append_customers(home, imported(parts, rows))
    wrong = Event("w", "file", "call.completed", "ann", AT - 70, {"disposition": "wrong_number"})
    append_events(home, event_frame(parts.configuration.workspace, [wrong]))
    assert unite(home) == 0
    parts.rebuild.run(NOW)
    assert parts.contacts.surviving(["ann", "owner"]) == ["ann", "owner"]
    assert parts.contacts.owners([f"phone:{PHONE}"]) == ["owner"]


def test_a_number_that_is_told_again_after_another_one_in_between_is_theirs_again(parts: Composition) -> None:
    rows = [("ann", AT - 90, PHONE), ("ann", AT - 60, OTHER), ("ann", AT - 50, PHONE)]
    append_customers(parts.home, imported(parts, rows))
    wrong = Event("w", "file", "call.completed", "ann", AT - 70, {"disposition": "wrong_number"})
    append_events(parts.home, event_frame(parts.configuration.workspace, [wrong]))
    parts.rebuild.run(NOW)
    assert parts.contacts.owners([f"phone:{PHONE}"]) == ["ann"]


def imported(parts: Composition, rows: list[tuple[str, int, str]]) -> pl.DataFrame:
    """Customers as an adapter gives them."""
    schema = parts.configuration.workspace.customer_schema
    frame = pl.DataFrame(rows, schema=["customer_id", "at", "phone"], orient="row").with_columns(
        pl.col("at").cast(TIME)
    )
    empty = [pl.lit(None, dtype).alias(name) for name, dtype in schema.items() if name not in frame.columns]
    return frame.with_columns(empty).select(list(schema))


def test_who_was_joined_by_the_wrong_number_alone_comes_apart_and_others_stay(parts: Composition) -> None:
    people = people_of(parts, "{alone}")
    people.tell("ann", {"phone": PHONE, "wechat": "wx"}, 1)
    people.tell("bob", {"phone": PHONE}, 2)
    people.tell("cat", {"phone": PHONE, "wechat": "wx"}, 3)
    people.wrong(Report("ann", PHONE, 5, ("dialer", "w")))
    assert people._contacts.surviving(["ann", "bob", "cat"]) == ["ann", "bob", "ann"]
    assert people._contacts.owners([f"phone:{PHONE}"]) == ["bob"]


def test_the_number_of_a_merged_id_is_taken_from_that_id(parts: Composition) -> None:
    people = people_of(parts, "{known}")
    people.tell("ann", {"phone": PHONE, "wechat": "wx"}, 2)
    people.tell("bob", {"phone": OTHER, "wechat": "wx"}, 1)
    people.wrong(Report("ann", OTHER, 5, ("dialer", "w")))
    (record,) = people._contacts.read(["ann"])
    assert record is not None and (record.phone, record.known_as) == (PHONE, ())
    assert people.tell("owner", {"phone": OTHER}, 6).customer_id == "owner"


@pytest.mark.parametrize("order", [range(6), reversed(range(6)), (3, 0, 5, 1, 4, 2)])
def test_when_the_sixth_shares_an_identity_all_are_as_if_it_joined_nobody(parts: Composition, order: Any) -> None:
    prefix = f"{{crowd{next(_run)}}}"
    people = people_of(parts, prefix)
    for place in order:
        wechat = {"wechat": "family"} if place in (1, 2) else {}
        people.tell(f"s{place}", {"phone": PHONE} | wechat, place)
    assert people._contacts.surviving([f"s{i}" for i in range(6)]) == ["s0", "s1", "s1", "s3", "s4", "s5"]
    (conflict,) = people.conflicts()
    assert (conflict.identity, conflict.reason, conflict.count) == (f"phone:{PHONE}", "shared", 6)
    assert conflict.customers == tuple(f"s{i}" for i in range(6))


def test_a_switchboard_costs_no_more_with_ten_times_as_many(parts: Composition) -> None:
    people = people_of(parts, "{switch}")
    for place in range(60):
        people.tell(f"s{place:03d}", {"phone": PHONE}, place)
    few = commands(parts, people, "t1")
    for place in range(60, 600):
        people.tell(f"s{place:03d}", {"phone": PHONE}, place)
    assert commands(parts, people, "t2") <= few
    assert people.conflicts()[0].count == 602


def commands(parts: Composition, people: People, name: str) -> int:
    """How many keys and values of the store a telling touches, by commands."""
    before = parts.client.info("commandstats")
    people.tell(name, {"phone": PHONE}, 1)
    after = parts.client.info("commandstats")
    return sum(int(after[key]["calls"]) - int(before.get(key, {"calls": 0})["calls"]) for key in after)  # type: ignore[index,union-attr,arg-type]


def test_what_was_told_of_two_who_were_one_is_each_ones_own_again(parts: Composition) -> None:
    """`p` and `q` are one for a while, `r` and `s` never: the same is known of them in the end."""
    for name, phone in (("p", PHONE), ("q", PHONE), ("r", OTHER), ("s", "+8613900009003")):
        parts.people.tell(name, {"phone": phone, "tag:age": 30.0 + "pqrs".index(name) % 2}, AT)
        parts.stream.accept([quote(name, at=AT - 5)], NOW)
    work(parts)
    assert parts.contacts.surviving(["q"]) == ["p"]
    for one, other in (("p", "q"), ("r", "s")):
        parts.stream.accept([quote(one, 7.0, AT - 3), quote(other, 9.0, AT - 2)], NOW)
        parts.people.tell(other, {"tag:region": "west"}, AT + 1)
    work(parts)
    parts.recorder.step()
    parts.merging.unmerge("p", "q", "lin", "father and son", AT + 2)
    work(parts)
    for one, other in (("p", "r"), ("q", "s")):
        state = parts.hot.read(parts.client, [one, other])
        assert (state.interactions[0].tobytes(), state.standing[0].tobytes()) == (
            state.interactions[1].tobytes(),
            state.standing[1].tobytes(),
        )
        first, second = state.profile.rows()
        assert first == second
        assert places(parts, one) == places(parts, other) != {}
        assert kinds(parts, one)[-2:] == kinds(parts, other)[-2:]


def places(parts: Composition, name: str) -> dict[str, float]:
    heads = {queue: parts.queue.waiting.head(queue, 1000, NOW) for queue in parts.queue.names}
    return {queue: item.priority for queue, head in heads.items() for item in head if item.customer_id == name}


def kinds(parts: Composition, name: str) -> list[tuple[str, Any]]:
    texts: Any = parts.client.zrange(parts.keyspace.timeline(name), 0, -1)
    events = [Event.read(text) for text in texts]
    return [(event.type, event.data.get("premium")) for event in events if event.type == "quote.requested"]


def test_history_has_each_ones_own_events_and_profiles_again(parts: Composition) -> None:
    parts.people.tell("p", {"phone": PHONE, "tag:age": 30.0}, AT - 9)
    parts.people.tell("q", {"phone": PHONE, "tag:region": "west"}, AT - 8)
    parts.stream.accept([quote("q")], NOW)
    work(parts)
    parts.recorder.drain()
    assert profile(parts, "p") == [(30.0, None), (30.0, "west")]
    assert whose(parts) == ["p"]
    parts.merging.unmerge("p", "q", "lin", "father and son", AT - 7)
    work(parts)
    parts.recorder.drain()
    assert (profile(parts, "p"), profile(parts, "q")) == ([(30.0, None)], [(None, "west")])
    assert whose(parts) == ["q"]


def profile(parts: Composition, name: str) -> list[tuple[Any, ...]]:
    return read_customers(parts.home).filter(customer_id=name).select("age", "region").rows()


def whose(parts: Composition) -> list[str]:
    return read_events(parts.home).filter(source="test")["customer_id"].to_list()


def test_two_who_were_parted_share_the_number_and_are_listed_until_they_are_joined_by_hand(parts: Composition) -> None:
    people = people_of(parts, "{hand}")
    people.tell("ann", {"phone": PHONE}, 1)
    people.tell("bob", {"phone": PHONE}, 2)
    assert merging_of(people).unmerge("ann", "bob", "lin", "sisters", 3) == ("ann", "bob")
    assert people.tell("bob", {"phone": PHONE, "email": "x@example.com"}, 4).customer_id == "bob"
    assert people.tell("ann", {"email": "x@example.com"}, 5).customer_id == "ann"
    assert {(c.identity, c.reason) for c in people.conflicts()} == {
        (f"phone:{PHONE}", "unmerged"),
        ("email:x@example.com", "unmerged"),
    }
    assert merging_of(people).merge("bob", "ann", "lin", "one after all", 6) == "ann"
    assert people.conflicts() == []


def test_in_a_chain_who_was_joined_by_the_one_that_leaves_goes_with_it(parts: Composition) -> None:
    people = people_of(parts, "{chain}")
    people.tell("a", {"phone": PHONE}, 1)
    people.tell("b", {"phone": PHONE, "wechat": "wx"}, 2)
    people.tell("c", {"wechat": "wx"}, 3)
    assert merging_of(people).unmerge("a", "b", "lin", "no", 4) == ("a", "b")
    assert people._contacts.surviving(["a", "b", "c"]) == ["a", "b", "b"]


def test_the_one_that_leaves_a_chain_at_its_end_leaves_alone(parts: Composition) -> None:
    people = people_of(parts, "{end}")
    people.tell("c", {"wechat": "wx"}, 1)
    people.tell("b", {"phone": PHONE, "wechat": "wx"}, 2)
    people.tell("a", {"phone": PHONE}, 3)
    assert merging_of(people).unmerge("a", "c", "lin", "no", 4) == ("a", "c")
    assert people._contacts.surviving(["a", "b", "c"]) == ["a", "a", "c"]


def test_what_cannot_be_taken_back_says_why(parts: Composition) -> None:
    people = people_of(parts, "{no}")
    people.tell("ann", {"phone": PHONE}, 1)
    people.tell("bob", {"phone": PHONE}, 2)
    with pytest.raises(NotFound):
        merging_of(people).unmerge("ann", "nobody", "lin", "no", 3)
    with pytest.raises(InvalidInput):
        merging_of(people).unmerge("ann", "ann", "lin", "no", 3)
    merging_of(people).unmerge("ann", "bob", "lin", "no", 3)
    with pytest.raises(Conflicting):
        merging_of(people).unmerge("ann", "bob", "lin", "no", 4)


def test_who_said_no_while_they_were_one_is_called_under_neither_id(parts: Composition) -> None:
    parts.people.tell("p", {"phone": PHONE}, AT)
    parts.people.tell("q", {"phone": PHONE}, AT)
    parts.stream.accept([quote("p"), quote("q")], NOW)
    work(parts)
    lease = next(
        lease
        for lease in parts.queue.leases.claim("all", Wanted("wang", 1000), NOW, "2026-03-04")
        if lease.customer_id == "p"
    )
    parts.completions.complete(lease.id, lease.token, Outcome("do_not_call", 0.0, None, {}), NOW)
    work(parts)
    parts.merging.unmerge("p", "q", "lin", "father and son", AT + 5)
    work(parts)
    assert places(parts, "q") == {}
    parts.rebuild.run(NOW)
    assert places(parts, "q") == {}
    assert places(parts, "p") == {}


@pytest.mark.parametrize(("held", "other"), [("p", "q"), ("q", "p")])
def test_who_said_no_in_a_call_in_which_they_became_one_is_called_under_neither_id(
    parts: Composition, held: str, other: str
) -> None:
    parts.people.tell(held, {"phone": PHONE}, AT - 100)
    work(parts)
    parts.queue.pushed.push(held, "all", "boss", "why", NOW)
    (lease,) = parts.queue.leases.claim("all", Wanted("wang", 1), NOW, "2026-03-04")
    parts.people.tell(other, {"phone": PHONE}, AT - 50)
    work(parts)
    parts.completions.complete(lease.id, lease.token, Outcome("do_not_call", 0.0, None, {}), NOW)
    work(parts)
    parts.merging.unmerge("p", "q", "lin", "father and son", AT + 5)
    work(parts)
    for name in ("p", "q"):
        parts.people.tell(name, {"phone": f"+86139000091{'pq'.index(name):02d}"}, AT + 10)
    work(parts)
    assert (places(parts, "p"), places(parts, "q")) == ({}, {})
    parts.recorder.drain()
    parts.client.flushall()
    parts.rebuild.run(LATER)
    assert (places(parts, "p"), places(parts, "q")) == ({}, {})


def test_whoever_is_held_when_they_come_apart_stays_held_under_the_id_that_survived(parts: Composition) -> None:
    parts.people.tell("p", {"phone": PHONE}, AT)
    parts.people.tell("q", {"phone": PHONE}, AT)
    parts.stream.accept([quote("p"), quote("q")], NOW)
    work(parts)
    lease = next(
        lease
        for lease in parts.queue.leases.claim("all", Wanted("wang", 1000), NOW, "2026-03-04")
        if lease.customer_id == "p"
    )
    parts.merging.unmerge("p", "q", "lin", "father and son", AT + 5)
    work(parts)
    assert (
        parts.completions.complete(lease.id, lease.token, Outcome("no_answer", 0.0, None, {}), NOW).customer_id == "p"
    )


@pytest.mark.parametrize("named", [None, "+8613900009151"])
def test_a_wrong_number_is_no_report_of_whom_the_customer_turned_out_to_be_later(
    parts: Composition, named: str | None
) -> None:
    """What nobody of the person had told when it came is not taken from who joined them since, by a rebuild either."""
    parts.people.tell("q", {"phone": "+8613900009151"}, AT - 100)
    parts.people.tell("p", {} if named is None else {"phone": PHONE}, AT - 100)
    if named is None:
        told = Event("w", "dialer", "call.completed", "p", AT - 90, {"disposition": "wrong_number"})
    else:
        data = {"disposition": "wrong_number", "phone": named, "next_try_at": None}
        told = Event("w", "nextlead/dialers/x", "lease.completed", "p", AT - 90, data)
    parts.stream.accept([told], NOW)
    work(parts)
    for name in ("p", "q"):
        parts.people.tell(name, {"email": "pq@example.com"}, AT - 50)
    work(parts)
    key = "phone:+8613900009151"
    assert parts.contacts.owners([key]) == ["q"]
    parts.recorder.drain()
    parts.client.flushall()
    parts.rebuild.run(LATER)
    assert parts.contacts.owners([key]) == ["q"]
    assert parts.contacts.surviving(["p", "q"]) == ["p", "p"]


@pytest.mark.parametrize("disposition", ["callback", "no_answer", "do_not_call"])
def test_whoever_was_called_before_they_became_one_stays_held_as_themselves_when_they_come_apart(
    parts: Composition, disposition: str
) -> None:
    parts.people.tell("q", {"phone": PHONE, "email": "pq@example.com"}, AT - 100)
    work(parts)
    parts.queue.pushed.push("q", "all", "boss", "why", NOW)
    (lease,) = parts.queue.leases.claim("all", Wanted("wang", 1), NOW, "2026-03-04")
    parts.people.tell("p", {"phone": "+8613900009100", "email": "pq@example.com"}, AT - 50)
    work(parts)
    parts.merging.unmerge("p", "q", "lin", "father and son", AT + 5)
    parts.people.tell("q", {"phone": "+8613900009101"}, AT + 6)
    work(parts)
    handed = [other.customer_id for other in parts.queue.leases.claim("all", Wanted("li", 1000), NOW, "2026-03-04")]
    assert "p" in handed
    assert "q" not in handed
    at = NOW + timedelta(hours=1) if disposition == "callback" else None
    assert parts.completions.complete(lease.id, lease.token, Outcome(disposition, 0.0, at, {}), NOW).customer_id == "q"
    work(parts)
    left = parts.queue.rests.until(["p", "q"]), parts.attempt_records.attempts(["p", "q"]), parts.scorer.due(["p", "q"])
    assert left[0][0] == 0
    assert left[0][1] > 0
    parts.recorder.drain()
    parts.rebuild.run(LATER)
    again = (
        parts.queue.rests.until(["p", "q"]),
        parts.attempt_records.attempts(["p", "q"]),
        parts.scorer.due(["p", "q"]),
    )
    assert again == left


@pytest.mark.parametrize(("called_id", "owner"), [("p", "o"), ("o", "p")])
def test_a_number_is_wrong_for_who_was_called_though_its_owner_registered_during_the_call(
    parts: Composition, called_id: str, owner: str
) -> None:
    parts.people.tell(called_id, {"phone": PHONE}, AT - 100)
    work(parts)
    parts.queue.pushed.push(called_id, "all", "boss", "why", NOW)
    (lease,) = parts.queue.leases.claim("all", Wanted("wang", 1), NOW, "2026-03-04")
    parts.people.tell(owner, {"phone": PHONE}, AT - 50)
    work(parts)
    parts.completions.complete(lease.id, lease.token, Outcome("wrong_number", 0.0, None, {}), NOW)
    work(parts)
    assert (places(parts, called_id), places(parts, owner) != {}) == ({}, True)
    parts.recorder.drain()
    parts.client.flushall()
    parts.rebuild.run(LATER)
    assert (places(parts, called_id), places(parts, owner) != {}) == ({}, True)


def test_what_came_of_calls_goes_back_to_the_id_that_was_called(parts: Composition) -> None:
    """`q` was called before the merge, `p` after it: each rests, and counts, by its own call."""
    for name, phone in (("p", OTHER), ("q", PHONE)):
        parts.people.tell(name, {"phone": phone}, AT - 100)
    parts.stream.accept([quote("p"), quote("q")], NOW)
    work(parts)
    called(parts, "q", "no_answer", NOW)
    parts.people.tell("q", {"phone": OTHER}, AT + 1)
    work(parts)
    parts.queue.time.settle(LATER)
    called(parts, "p", "busy", LATER)
    parts.merging.unmerge("p", "q", "lin", "father and son", AT + 10**9)
    work(parts)
    pages = parts.attempt_records.attempts(["p", "q"])
    assert [{phone: number.tally.total for phone, number in page.numbers.items()} for page in pages] == [
        {OTHER: 1}, {PHONE: 1},
    ]  # fmt: skip
    rests = hashes(parts, "rest", "retries"), resting(parts, "no_answer", "busy")
    parts.rebuild.run(LATER)
    assert (hashes(parts, "rest", "retries"), resting(parts, "no_answer", "busy")) == rests


def called(parts: Composition, name: str, disposition: str, now: datetime) -> None:
    """Claim everyone, complete the lease of one, and give the others back."""
    for lease in parts.queue.leases.claim("all", Wanted("wang", 1000), now, "2026-03-04"):
        if lease.customer_id == name:
            parts.completions.complete(lease.id, lease.token, Outcome(disposition, 0.0, None, {}), now)
        else:
            parts.queue.leases.release(lease.id, lease.token, now)


def hashes(parts: Composition, *names: str) -> dict[str, Any]:
    return {name: parts.client.hgetall(getattr(parts.keyspace, name)) for name in names}


def resting(parts: Composition, *dispositions: str) -> dict[str, Any]:
    return {
        name: parts.client.zrange(parts.keyspace.resting_after(name), 0, -1, withscores=True) for name in dispositions
    }


def test_a_number_that_was_wrong_and_is_told_again_is_dialled_again(parts: Composition) -> None:
    parts.people.tell("p", {"phone": PHONE}, AT - 100)
    parts.stream.accept([quote("p")], NOW)
    work(parts)
    lease = next(
        lease
        for lease in parts.queue.leases.claim("all", Wanted("wang", 1000), NOW, "2026-03-04")
        if lease.customer_id == "p"
    )
    parts.completions.complete(lease.id, lease.token, Outcome("wrong_number", 0.0, None, {}), NOW)
    work(parts)
    assert places(parts, "p") == {}
    parts.people.tell("p", {"phone": PHONE}, int(NOW.timestamp() * 1e6) + 10)
    work(parts)
    assert places(parts, "p") != {}
    page = parts.attempt_records.attempts(["p"])[0]
    assert not page.numbers[PHONE].wrong


def test_who_parts_after_the_store_was_lost_has_refused_as_before(parts: Composition) -> None:
    """The streams of the store that was lost say nothing any more of what the lake holds."""
    parts.people.tell("p", {"phone": PHONE, "consent:call": True}, AT - 10**9)
    parts.people.tell("q", {"phone": PHONE}, AT - 10**9)
    refusal = {"channel": "call", "consent": False}
    parts.stream.accept([Event("no", "test", "consent.changed", "p", AT - 10**8, refusal), quote("p")], NOW)
    work(parts)
    parts.recorder.drain()
    parts.client.flushall()
    parts.rebuild.run(NOW)
    parts.merging.unmerge("p", "q", "lin", "father and son", AT - 10**6)
    work(parts)
    assert places(parts, "p") == {}


@pytest.mark.parametrize("takes_back", ["says no", "becomes one with who says no", "has no number"])
def test_whoever_agreed_after_a_call_rests_again_once_that_counts_no_more(parts: Composition, takes_back: str) -> None:
    parts.people.tell("p", {"phone": PHONE, "consent:call": True}, AT - 10**9)
    parts.people.tell("q", {"phone": OTHER}, AT - 10**9)
    parts.stream.accept([quote("p")], NOW)
    work(parts)
    called(parts, "p", "do_not_call", NOW)
    work(parts)
    parts.people.tell("p", {"consent:call": True}, AT + 10)
    work(parts)
    assert hashes(parts, "rest")["rest"] == {}
    if takes_back == "becomes one with who says no":
        parts.people.tell("q", {"consent:call": False}, AT + 20)
        parts.people.tell("q", {"phone": PHONE}, AT + 30)
    else:
        parts.people.tell("p", {"consent:call": False} if takes_back == "says no" else {"phone": None}, AT + 20)
    work(parts)
    rests = hashes(parts, "rest", "lifted"), resting(parts, "do_not_call")
    assert rests[0]["rest"] == {b"p": str(NEVER).encode()}
    parts.rebuild.run(NOW)
    assert (hashes(parts, "rest", "lifted"), resting(parts, "do_not_call")) == rests


def test_what_a_chain_of_merges_left_behind_goes_with_whom_it_led_to_live_and_after_a_rebuild(
    parts: Composition,
) -> None:
    """`c` was merged into `b`, and `b` into `a`; `b` leaves after a rebuild, and `c` stays with `a`."""
    parts.people.tell("a", {"phone": OTHER}, AT - 10**9)
    parts.people.tell("c", {"phone": PHONE}, AT - 10**9)
    parts.stream.accept([quote("a"), quote("c")], NOW)
    work(parts)
    called(parts, "c", "no_answer", NOW)
    parts.people.tell("b", {"phone": PHONE}, AT - 10**9)
    work(parts)
    parts.merging.merge("a", "b", "lin", "one", AT + 5)
    work(parts)
    parts.people.tell("c", {"phone": OTHER}, AT + 6)
    work(parts)
    parts.rebuild.run(LATER)
    parts.merging.unmerge("a", "b", "lin", "two", AT + 10**9)
    work(parts)
    assert parts.contacts.surviving(["a", "b", "c"]) == ["a", "b", "a"]
    found = hashes(parts, "rest", "retries"), resting(parts, "no_answer"), parts.attempt_records.attempts(["a", "b"])
    parts.rebuild.run(LATER)
    again = hashes(parts, "rest", "retries"), resting(parts, "no_answer"), parts.attempt_records.attempts(["a", "b"])
    assert again == found
