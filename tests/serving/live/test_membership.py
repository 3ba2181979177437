"""Workers share the partitions, and take over from one that is gone."""

from __future__ import annotations

import time

import pytest

from serving.live import membership
from serving.live.membership import Membership
from serving.store.engine import connect
from serving.store.keyspace import Keyspace


def member(url: str, prefix: str) -> Membership:
    return Membership(connect(url), Keyspace(prefix), 8)


def settle(*members: Membership) -> None:
    for _ in range(3):
        for one in members:
            one.renew()


def test_one_worker_has_everything(engine_url: str) -> None:
    alone = member(engine_url, "{m1}")
    alone.renew()
    assert (alone.partitions, alone.records) == (tuple(range(8)), True)


def test_each_partition_has_one_owner_however_many_come(engine_url: str) -> None:
    members = [member(engine_url, "{m2}") for _ in range(3)]
    settle(*members)
    assert sorted(p for one in members for p in one.partitions) == list(range(8))
    assert sum(one.records for one in members) == 1
    assert all(one.partitions for one in members)


def test_what_a_worker_leaves_is_taken_at_once(engine_url: str) -> None:
    first, second = member(engine_url, "{m3}"), member(engine_url, "{m3}")
    settle(first, second)
    first.leave()
    second.renew()
    assert second.partitions == tuple(range(8))


def test_a_worker_that_is_silent_loses_its_partitions(engine_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(membership, "PATIENCE", 150)
    silent, other = member(engine_url, "{m4}"), member(engine_url, "{m4}")
    settle(silent, other)
    assert len(other.partitions) < 8
    time.sleep(0.2)
    other.renew()
    other.renew()
    assert other.partitions == tuple(range(8))
