"""Answers about many customers, of two parts and an engine: who is known, and one who cannot be answered."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import redis

from features.digest import Digests
from leads.errors import Unavailable
from serving.people.contact import Contact
from serving.people.contacts import Contacts
from serving.scoring.dossiers import DossierFiles, Dossiers
from serving.scoring.known_customers import Answered, KnownCustomers
from serving.store.keyspace import Keyspace
from serving.store.layout import StoreLayout
from serving.store.scripts import Scripts


@pytest.fixture
def known_customers(engine: redis.Redis, tmp_path: Path) -> KnownCustomers:
    """Of a store that knows ann, bob, and cid, who turned out to be ann."""
    keys = Keyspace()
    contacts = Contacts(engine, keys, Digests(tmp_path))
    contacts.write(engine, [Contact("ann", 1), Contact("bob", 1)])
    engine.hset(keys.merged, "cid", "ann")
    return KnownCustomers(DossierFiles(Scripts(engine, keys)), StoreLayout(engine, keys, "mine"))


def test_who_is_asked_for_twice_is_answered_once_and_who_was_merged_by_their_own_name(
    known_customers: KnownCustomers,
) -> None:
    found = known_customers.find(["cid", "bob", "bob", "eve"])
    assert (found.asked, found.kept, found.unknown) == (["cid", "bob"], ["ann", "bob"], ["eve"])


def test_one_who_cannot_be_answered_is_named_and_the_others_are_answered(known_customers: KnownCustomers) -> None:
    def results(dossiers: Dossiers) -> list[dict[str, Any]]:
        if "ann" in dossiers.customer_ids:
            raise ValueError("no state of ann's can be read")
        return [{"customer_id": name} for name in dossiers.customer_ids]

    answer = known_customers.answered(known_customers.find(["ann", "bob", "eve"]), results)
    assert answer == Answered(results=[{"customer_id": "bob"}], unknown=["eve"], failed=["ann"])


def test_a_store_of_another_layout_fails_the_whole_request(
    known_customers: KnownCustomers, engine: redis.Redis
) -> None:
    engine.hset(Keyspace().meta, "layout", "another/6")

    def unreadable(_: Dossiers) -> list[dict[str, Any]]:
        raise Unavailable("states of another layout")

    with pytest.raises(Unavailable):
        known_customers.answered(known_customers.find(["ann", "bob"]), unreadable)
    engine.hset(Keyspace().meta, "layout", "mine/6")
    assert known_customers.answered(known_customers.find(["ann"]), unreadable).failed == ["ann"]
