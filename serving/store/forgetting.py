"""Forgetting customers wherever a key is declared to hold them by their id."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from serving.store.keys.key import Customers, Shape, declared
from serving.store.keyspace import Keyspace

_TAKE_OUT: Mapping[Shape, str] = {Shape.HASH: "HDEL", Shape.SET: "SREM", Shape.SORTED: "ZREM"}


def forget(pipeline: Any, keyspace: Keyspace, customer_ids: Sequence[str]) -> None:
    """Queue up that they are an entry of no key, and that no key is named by them. Where they are woven into others'
    things, whoever writes those takes them out.
    """
    for _, key in declared(Keyspace):
        if key.customers is Customers.ENTRY:
            pipeline.execute_command(_TAKE_OUT[key.shape], key.written(keyspace.prefix), *customer_ids)
        elif key.customers is Customers.NAME:
            pipeline.delete(*(key.written(keyspace.prefix, name) for name in customer_ids))
