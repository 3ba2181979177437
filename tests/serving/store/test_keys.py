"""Every key of the store is declared: what becomes of it in a rebuild, and how a customer leaves it."""

from __future__ import annotations

import pytest

from features.hot import VIEWS, row_key
from serving.composition import Composition
from serving.store.keys.key import Customers, Key, Keys, Kind, declared
from serving.store.keyspace import Keyspace
from tests.serving.small_home import NOW

KEYS = [key for _, key in declared(Keyspace)]


@pytest.mark.parametrize("key", KEYS, ids=lambda key: key.name)
def test_a_key_is_found_by_the_declaration_that_named_it(key: Key | Keys) -> None:
    keys = Keyspace("{other}")

    assert keys.find(key.written("{other}", *key.parts).encode()) is key


def test_what_nobody_declared_is_not_found() -> None:
    assert [Keyspace().find(name) for name in (b"{nextlead}:notes", b"{nextlead}:notes:a", b"{nextlead}:items:a")] == [
        None, None, None,
    ]  # fmt: skip


def test_a_part_may_hold_whatever_a_customer_is_called() -> None:
    keys = Keyspace()

    assert keys.find(keys.timeline("a:b\n{c}|%s").encode()) is Keyspace.timeline


def test_rows_of_features_stand_under_the_keys_that_are_declared_of_them() -> None:
    keys = Keyspace()

    assert [row_key(keys.prefix, view, "a") for view in VIEWS] == [
        keys.profile("a"), keys.interactions("a"), keys.standing("a"),
    ]  # fmt: skip


def test_a_key_that_ends_with_a_customer_says_so() -> None:
    ending = [key for key in KEYS if key.name.endswith("{customer}")]

    assert ending
    assert all(key.customers is Customers.NAME for key in ending)


def test_a_rebuild_leaves_what_nobody_declared_and_says_how_it_begins(
    parts: Composition, capsys: pytest.CaptureFixture[str]
) -> None:
    parts.client.set("{nextlead}:notes:ann", "mine")

    parts.rebuild.run(NOW)

    assert parts.client.getdel("{nextlead}:notes:ann") == b"mine"
    said = capsys.readouterr().err
    assert "does not know stay as they are: notes\n" in said
    assert "ann" not in said


def test_a_rebuild_keeps_of_many_keys_those_that_are_declared_so(parts: Composition) -> None:
    many = {key.written(parts.keyspace.prefix, *(["x"] * len(key.parts))): key for key in KEYS if isinstance(key, Keys)}
    for name in many:
        parts.client.set(name, "marked")

    parts.rebuild.run(NOW)

    left = {name for name in many if parts.client.exists(name)}
    parts.client.delete(*many)
    assert left == {name for name, key in many.items() if key.kind is Kind.KEPT}
    assert len(left) > 20


def test_the_store_of_a_process_has_its_own_prefix_alone_rebuilt(parts: Composition) -> None:
    parts.client.set("{nextlead-2}:timeline:ann", "another process's")

    parts.rebuild.run(NOW)

    assert parts.client.getdel("{nextlead-2}:timeline:ann") is not None
