"""Contact records: two of one person become what would be known had all been told of one."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from serving.people.contact import Contact

field = st.sampled_from(["tag:age", "tag:region", "phone", "email", "timezone", "consent:call"])
news = st.dictionaries(field, st.sampled_from(["a", "b", "c", None]), max_size=4)
tellings = st.lists(st.tuples(st.integers(1, 6), news), min_size=1, max_size=6)


def record(told: list[tuple[int, dict[str, Any]]]) -> Contact:
    contact = Contact("ann", 0)
    for at, values in told:
        contact = contact.told(at, values)
    return contact


def plain(contact: Contact) -> tuple[Any, ...]:
    return contact.facts, sorted(contact.keys), contact.at


@given(tellings, tellings, tellings)
def test_records_join_in_any_order(
    one: list[tuple[int, dict[str, Any]]],
    two: list[tuple[int, dict[str, Any]]],
    three: list[tuple[int, dict[str, Any]]],
) -> None:
    a, b, c = record(one), record(two), record(three)
    assert plain(a.joined(b)) == plain(b.joined(a))
    assert plain(a.joined(b).joined(c)) == plain(a.joined(b.joined(c)))


@given(tellings)
def test_a_record_joined_with_itself_is_itself(told: list[tuple[int, dict[str, Any]]]) -> None:
    contact = record(told)
    assert plain(contact.joined(contact)) == plain(contact)


def test_an_older_value_does_not_replace_a_newer_one() -> None:
    older, newer = Contact("a", 0).told(1, {"tag:age": 30.0}), Contact("b", 0).told(2, {"tag:age": 31.0})
    assert newer.joined(older).tags == older.joined(newer).tags == {"age": 31.0}


def test_what_was_taken_away_later_stays_away() -> None:
    older = Contact("a", 0).told(1, {"phone": "+861", "tag:age": 30.0})
    newer = Contact("b", 0).told(1, {"tag:age": 30.0}).told(2, {"tag:age": None})
    assert "age" not in older.joined(newer).tags


def test_the_phone_of_either_leads_to_both() -> None:
    joined = Contact("a", 0).told(1, {"phone": "+861"}).joined(Contact("b", 0).told(2, {"phone": "+862"}))
    assert joined.phone == "+862"
    assert joined.keys == ["phone:+862", "phone:+861"]


def test_a_replaced_phone_no_longer_leads_here() -> None:
    assert Contact("a", 0).told(1, {"phone": "+861"}).told(2, {"phone": "+862"}).keys == ["phone:+862"]
