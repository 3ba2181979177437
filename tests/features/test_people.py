"""Who is one person: the same in whatever order it is told, however often, and as if never joined once taken back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from features.people import DISTINCT, STRANGER, UNMERGED, Known, shared_keys, surviving, unite

IDS = ("ann", "bob", "crm-7", "dan", f"{STRANGER}1", f"{STRANGER}2")
KEYS = ("phone:1", "phone:2", "wechat:a", "email:x", "email:y")

keys = st.dictionaries(st.sampled_from(KEYS), st.integers(0, 3), max_size=3)
proof = st.sampled_from([{}, {}, {"national_id": "1"}, {"national_id": "2"}])
everyone = st.dictionaries(st.sampled_from(IDS), st.tuples(keys, proof), min_size=1)


def known(people: Mapping[str, tuple[Mapping[str, int], Mapping[str, Any]]], **more: Any) -> list[Known]:
    return [Known(name, dict(held), distinct=distinct, **more) for name, (held, distinct) in people.items()]


def apart(people: list[Known], *pairs: tuple[str, str], same: bool = False) -> list[Known]:
    """With what a person decided of pairs."""
    told: dict[str, dict[str, bool]] = {name: {} for pair in pairs for name in pair}
    for one, other in pairs:
        told[one][other] = told[other][one] = same
    return [replace(k, verdicts=told.get(k.customer_id, {})) for k in people]


@given(everyone, st.randoms(use_true_random=False))
def test_the_order_in_which_people_are_told_does_not_matter(people: dict[str, Any], random: Any) -> None:
    shuffled = known(people)
    random.shuffle(shuffled)
    assert unite(shuffled).into == unite(known(people)).into


@given(everyone)
def test_no_person_has_two_national_ids(people: dict[str, Any]) -> None:
    proofs: dict[str, set[str]] = {}
    for name, into in unite(known(people)).into.items():
        proofs.setdefault(into, set()).update(people[name][1].values())
    assert all(len(values) <= 1 for values in proofs.values())


@given(everyone)
def test_who_shares_no_identity_with_anybody_is_left_alone(people: dict[str, Any]) -> None:
    into = unite(known(people)).into
    shares = {
        name: any(held.keys() & other.keys() for another, (other, _) in people.items() if another != name)
        for name, (held, _) in people.items()
    }
    assert {name: into[name] for name, shared in shares.items() if not shared} == {
        name: name for name, shared in shares.items() if not shared
    }


@given(everyone, st.tuples(st.sampled_from(IDS), st.sampled_from(IDS)).filter(lambda pair: pair[0] != pair[1]))
def test_two_whom_a_person_parted_are_never_one_whatever_they_share(
    people: dict[str, Any], pair: tuple[str, str]
) -> None:
    into = unite(apart(known(people), pair)).into
    assert pair[0] not in into or pair[1] not in into or into[pair[0]] != into[pair[1]]


def test_who_differs_in_a_national_id_stays_apart_and_is_listed() -> None:
    people = {"ann": ({"phone:1": 1}, {"national_id": "1"}), "bob": ({"phone:1": 2}, {"national_id": "2"})}
    unity = unite(known(people))
    assert unity.into == {"ann": "ann", "bob": "bob"}
    assert (unity.disputes["phone:1"].why, unity.disputes["phone:1"].customers) == (DISTINCT, ("ann", "bob"))
    assert unity.leads["phone:1"] == "ann"


def test_a_given_id_survives_one_of_ours() -> None:
    people = {f"{STRANGER}1": ({"phone:1": 1}, {}), "zoe": ({"phone:1": 2}, {})}
    assert unite(known(people)).into[f"{STRANGER}1"] == "zoe"


def test_of_given_ids_the_first_by_name_survives() -> None:
    into = unite(known({name: ({"phone:1": 1}, {}) for name in ("zoe", "ann", "bob")})).into
    assert set(into.values()) == {"ann"}


@pytest.mark.parametrize(("others", "joined"), [(1, True), (4, True), (5, False)])
def test_an_identity_that_more_share_than_a_family_joins_nobody(others: int, joined: bool) -> None:
    people = known({f"crm-{i}": ({"phone:1": i}, {}) for i in range(others + 1)})
    barred = shared_keys(people, 5)
    assert (barred == {}) is joined
    assert (len(set(unite(people, barred).into.values())) == 1) is joined


def test_a_stranger_who_was_met_by_an_identity_is_not_counted_among_those_who_share_it() -> None:
    people = known({name: ({"phone:1": 1}, {}) for name in ("a", "b", f"{STRANGER}1")})
    assert shared_keys(people, 2) == {}


def test_a_number_that_was_given_up_joins_whoever_had_it_too_and_not_who_gets_it_next() -> None:
    before = Known("ann", {"phone:1": 1}, {"phone:1": 5})
    while_theirs, later = Known("bob", {"phone:1": 3}), Known("cat", {"phone:1": 7})
    assert unite([before, while_theirs]).into["bob"] == "ann"
    assert unite([before, later]).into == {"ann": "ann", "cat": "cat"}
    assert unite([before, while_theirs, later]).into == {"ann": "ann", "bob": "ann", "cat": "cat"}
    assert unite([before, while_theirs, later]).leads == {"phone:1": "cat"}


def test_what_was_taken_away_from_one_is_taken_away_from_the_person() -> None:
    people = [Known("ann", {"email:x": 1}, {"phone:": 5}), Known("bob", {"email:x": 2, "phone:1": 2})]
    assert unite(people).leads == {"email:x": "ann"}


def test_who_was_parted_by_hand_is_listed_with_that_reason_and_may_be_joined_again() -> None:
    people = known({"ann": ({"phone:1": 1}, {}), "bob": ({"phone:1": 2}, {})})
    assert unite(apart(people, ("ann", "bob"))).disputes["phone:1"].why == UNMERGED
    assert unite(apart(people, ("ann", "bob"), same=True)).into["bob"] == "ann"


def test_two_are_one_by_the_word_of_a_person_alone() -> None:
    people = known({"ann": ({"phone:1": 1}, {}), "bob": ({"phone:2": 2}, {})})
    assert unite(apart(people, ("ann", "bob"), same=True)).into["bob"] == "ann"


@pytest.mark.parametrize("start", ["a", "b", "c", "tail"])
def test_merges_that_lead_round_in_a_circle_end(start: str) -> None:
    assert surviving({"a": "b", "b": "c", "c": "a", "tail": "b"}, start) == "a"
