"""An erased customer is nowhere in the store, but for what is declared to hold them for a while or as a digest."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import polars as pl
import pytest
import redis

from features.configuration import checked
from features.lake import read_events_of
from features.onboarding import import_into
from leads.errors import NotFound
from leads.history import History
from serving.composition import Composition
from serving.events.stream import Event
from serving.queue.completions import Outcome
from serving.queue.lease import Wanted
from serving.store.forgetting import forget
from serving.store.keys.key import Customers, Keys, Shape, declared
from serving.store.keyspace import Keyspace
from tests.serving.small_home import NOW
from tests.serving.working import work


@pytest.fixture
def patience() -> timedelta:
    """No worker runs beside these tests."""
    return timedelta(0)


AT = int(NOW.timestamp() * 1e6)
PHONE = "+8613955551234"
DIGESTS = re.compile(rb"[0-9a-f]{16,}")
"""Ids and digests as they are written; in enough of them an id such as c004 comes up by chance."""

LASTING = {Customers.CLEANED, Customers.PASSING, Customers.OUTSIDE, Customers.DIGEST}


def take(parts: Composition, customer_id: str) -> dict[str, Any]:
    parts.queue.pushed.push(customer_id, "all", "test", "to be first", NOW)
    (lease,) = parts.claims.claim("all", Wanted("wang"), NOW)["leases"]
    assert lease["customer_id"] == customer_id
    return lease


@pytest.fixture
def told(parts: Composition) -> Composition:
    """c004 has a number of their own, and asked for a quote."""
    parts.people.tell("c004", {"phone": PHONE}, AT)
    parts.stream.accept([Event("q", "test", "quote.requested", "c004", AT, {"product": "motor"})], NOW)
    work(parts)
    return parts


@pytest.fixture
def called(told: Composition) -> Composition:
    """c004 was called in vain too, is pushed, and could not be ranked once."""
    lease = take(told, "c004")
    told.completions.complete(lease["lease_id"], lease["token"], Outcome("busy", 5.0, None, {}), NOW)
    work(told)
    told.queue.pushed.push("c004", "all", "test", "to be first", NOW)
    told.client.hset(told.keyspace.unranked, "c004", "no model")
    return told


def naming(client: redis.Redis, texts: tuple[str, ...]) -> Iterator[str]:
    """What is declared of the keys that say one of these anywhere."""
    for name in client.scan_iter("{nextlead}:*", count=5000):
        key = Keyspace().find(name)
        assert key is not None
        said = DIGESTS.sub(b"", b"\n".join([name, *contents(client, name, key.shape)]))
        if key.customers not in LASTING and any(text.encode() in said for text in texts):
            yield key.name


def contents(client: Any, name: bytes, shape: Shape) -> list[bytes]:
    if shape is Shape.STRING:
        return [client.get(name) or b""]
    if shape is Shape.HASH:
        return [part for pair in client.hgetall(name).items() for part in pair]
    if shape is Shape.SET:
        return list(client.smembers(name))
    if shape is Shape.SORTED:
        return list(client.zrange(name, 0, -1))
    return [part for _, fields in client.xrange(name) for part in fields.values()]


def test_nothing_that_is_to_go_at_once_says_who_they_were(called: Composition) -> None:
    before = set(naming(called.client, ("c004", PHONE)))
    assert before >= {
        "contacts",
        "attempts",
        "identities",
        "unranked",
        "pushed",
        "timeline:{customer}",
        "decision:{decision}",
    }

    called.erasure.erase("c004", NOW)

    assert list(naming(called.client, ("c004", PHONE))) == []


def test_who_is_erased_while_an_agent_holds_them_is_nowhere_either(told: Composition) -> None:
    take(told, "c004")

    told.erasure.erase("c004", NOW)

    assert list(naming(told.client, ("c004", PHONE))) == []
    assert told.queue.leases.count() == 0


def test_a_decision_on_them_cannot_be_read_any_more_though_a_rebuild_made_their_timeline_anew(
    told: Composition,
) -> None:
    lease = take(told, "c004")
    decision_id = lease["decision_id"]
    told.recorder.drain()
    told.rebuild.run(NOW)
    assert told.ledger.read(decision_id)["customer_id"] == "c004"

    told.erasure.erase("c004", NOW)
    work(told)
    told.cleaning.step()

    with pytest.raises(NotFound):
        told.ledger.read(decision_id)


def test_whoever_was_erased_stays_so_when_all_is_rebuilt_before_the_lake_is_clean(called: Composition) -> None:
    called.recorder.drain()
    called.erasure.erase("c004", NOW)

    called.rebuild.run(NOW)

    assert called.contacts.read(["c004"]) == [None]
    assert list(naming(called.client, ("c004", PHONE))) == []
    assert len(read_events_of(called.home, ["c004"])) == 0


def test_whoever_was_erased_is_nobody_after_a_rebuild_though_the_store_that_knew_it_was_lost(
    called: Composition,
) -> None:
    called.erasure.erase("c004", NOW)
    called.recorder.drain()
    assert len(read_events_of(called.home, ["c004"])) > 0
    called.client.flushall()

    called.rebuild.run(NOW)

    assert called.contacts.read(["c004"]) == [None]
    assert list(naming(called.client, ("c004", PHONE))) == []
    assert called.cleaning.step() == 1
    assert len(read_events_of(called.home, ["c004"])) == 0


def test_whoever_was_erased_stays_so_when_a_file_brings_them_again(told: Composition) -> None:
    told.recorder.drain()
    told.erasure.erase("c004", NOW)
    work(told)
    told.recorder.drain()
    told.cleaning.step()
    workspace, before = told.configuration.workspace, NOW - timedelta(days=1)
    rows = {"customer_id": ["c004", "again", "new"], "at": [before] * 3, "phone": [None, PHONE, None]}
    history = checked(workspace, History(pl.DataFrame(rows), pl.DataFrame(schema=workspace.event_schema), NOW))

    import_into(told.configuration, told.home.folder, history, now=NOW)
    told.rebuild.run(NOW)

    assert [contact is not None for contact in told.contacts.read(["c004", "again", "new"])] == [False, False, True]
    assert list(naming(told.client, ("c004", PHONE))) == []


def test_forgetting_takes_a_customer_out_of_every_key_that_is_declared_to_hold_them(parts: Composition) -> None:
    client, keys = parts.client, parts.keyspace
    held = [key for _, key in declared(Keyspace) if key.customers in (Customers.ENTRY, Customers.NAME)]
    with client.pipeline(transaction=True) as pipeline:
        forget(pipeline, keys, ["c004", "c005"])
        pipeline.execute()

    assert len(held) > 20
    for key in held:
        if isinstance(key, Keys):
            assert not client.exists(key.written(keys.prefix, "c004"), key.written(keys.prefix, "c005"))
        else:
            assert not {b"c004", b"c005"} & set(entries(client, key.written(keys.prefix), key.shape))
    assert client.hexists(keys.contacts, "c006")


def entries(client: Any, name: str, shape: Shape) -> list[bytes]:
    reads = {Shape.HASH: client.hkeys, Shape.SET: client.smembers, Shape.SORTED: lambda key: client.zrange(key, 0, -1)}
    return list(reads[shape](name))
