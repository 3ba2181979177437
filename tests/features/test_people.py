"""Who is one person: the same in whatever order it is told, however often."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from features.people import STRANGER, Known, Register, surviving, unite

IDS = ("ann", "bob", "crm-7", "dan", f"{STRANGER}1", f"{STRANGER}2")
KEYS = ("phone:1", "phone:2", "wechat:a", "email:x", "email:y")

telling = st.tuples(st.sampled_from(IDS), st.lists(st.sampled_from(KEYS), max_size=3, unique=True))
proof = st.sampled_from([{}, {}, {"national_id": "1"}, {"national_id": "2"}])


def people(tellings: list[tuple[str, list[str]]]) -> dict[str, str]:
    """Each id that was told → the one that survives."""
    register = Register()
    for customer_id, keys in tellings:
        register.tell(customer_id, keys, {})
    return {customer_id: surviving(register.merged, customer_id) for customer_id, _ in tellings}


@given(st.lists(telling, min_size=1, max_size=12), st.randoms(use_true_random=False))
def test_the_order_in_which_identities_are_told_does_not_matter(
    tellings: list[tuple[str, list[str]]], random: Any
) -> None:
    shuffled = list(tellings)
    random.shuffle(shuffled)
    assert people(shuffled) == people(tellings)


@given(st.lists(telling, min_size=1, max_size=12))
def test_telling_everything_again_changes_nothing(tellings: list[tuple[str, list[str]]]) -> None:
    assert people(tellings + tellings) == people(tellings)


@given(st.lists(st.tuples(telling, proof), min_size=1, max_size=15))
def test_no_person_has_two_national_ids(tellings: list[tuple[tuple[str, list[str]], dict[str, str]]]) -> None:
    register = Register()
    first: dict[str, dict[str, str]] = {}
    for (customer_id, keys), distinct in tellings:
        told = first.setdefault(customer_id, distinct)
        register.tell(customer_id, keys, told)
    proofs: dict[str, set[str]] = {}
    for customer_id, told in first.items():
        proofs.setdefault(surviving(register.merged, customer_id), set()).update(told.values())
    assert all(len(values) <= 1 for values in proofs.values())


def test_who_differs_in_a_national_id_stays_apart_and_is_listed() -> None:
    register = Register()
    register.tell("ann", ["phone:1"], {"national_id": "1"})
    union = register.tell("bob", ["phone:1"], {"national_id": "2"})
    assert (union.into, union.apart) == ("bob", ("ann",))
    assert register.conflicts == {"phone:1": {"ann", "bob"}}
    assert register.owners["phone:1"] == "ann"


def test_a_given_id_survives_one_of_ours() -> None:
    assert unite(Known(f"{STRANGER}1"), [Known("zoe")]).into == "zoe"


def test_of_two_given_ids_the_first_by_name_survives() -> None:
    assert unite(Known("zoe"), [Known("ann"), Known("bob")]).merged == ("bob", "zoe")


@pytest.mark.parametrize("start", ["a", "b", "c", "tail"])
def test_merges_that_lead_round_in_a_circle_end(start: str) -> None:
    assert surviving({"a": "b", "b": "c", "c": "a", "tail": "b"}, start) == "a"
