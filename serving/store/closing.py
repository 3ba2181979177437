"""Closing: what stands open in the store of a home that was not encrypted is sealed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import msgspec
import redis

from serving.store.keys.key import Kind, Shape
from serving.store.keyspace import Keyspace
from serving.store.personal import personal


def close_store(client: redis.Redis, keyspace: Keyspace) -> int:
    """Write anew what is kept and tells of persons, as an encrypted home has it; how many keys there were. What is
    folded from the lake is for a rebuild. Nobody else may be at the store; what is sealed already stays so.
    """
    count = 0
    for found in list(client.scan_iter(f"{keyspace.prefix}:*", count=5000)):
        key, name = keyspace.find(found), found.decode()
        if key is not None and key.sealed and key.kind is Kind.KEPT:
            count += 1
            if key is type(keyspace).leased:
                _close_leases(client, name, keyspace)
            elif key.sealed == "fields":
                _close_fields(client, name, keyspace)
            else:
                _CLOSED[key.shape](client, name)
    return count


def _close_text(client: redis.Redis, name: str) -> None:
    value: Any = client.get(name)
    if value is not None:
        client.set(name, personal(value), keepttl=True)


def _close_hash(client: redis.Redis, name: str) -> None:
    found: Any = client.hgetall(name)
    if found:
        client.hset(name, mapping={field: personal(value) for field, value in found.items()})


def _close_stream(client: redis.Redis, name: str) -> None:
    """Its entries keep their places, and what comes next comes after the last that ever was."""
    entries: Any = client.xrange(name)
    last: Any = client.xinfo_stream(name)["last-generated-id"]  # type: ignore[index]
    fresh = f"{name}:closed"
    with client.pipeline(transaction=True) as pipeline:
        pipeline.delete(fresh)
        for place, fields in entries:
            pipeline.xadd(fresh, {field: personal(value) for field, value in fields.items()}, id=place)
        if entries:
            pipeline.execute_command("XSETID", fresh, last)  # type: ignore[no-untyped-call]
            pipeline.rename(fresh, name)
        pipeline.execute()


def _close_fields(client: redis.Redis, name: str, keyspace: Keyspace) -> None:
    """Numbers by which their leases are found."""
    found: Any = client.hgetall(name)
    closed = {keyspace.alias(keyspace.behind(field.decode())): value for field, value in found.items()}
    with client.pipeline(transaction=True) as pipeline:
        pipeline.delete(name)
        if closed:
            pipeline.hset(name, mapping=closed)
        pipeline.execute()


def _close_leases(client: redis.Redis, name: str, keyspace: Keyspace) -> None:
    found: Any = client.hgetall(name)
    closed = {}
    for lease, record in found.items():
        kept = msgspec.msgpack.decode(record)
        kept["phones"] = [keyspace.alias(keyspace.behind(phone)) for phone in kept["phones"]]
        closed[lease] = msgspec.msgpack.encode(kept)
    if closed:
        client.hset(name, mapping=closed)


_CLOSED: Mapping[Shape, Callable[[redis.Redis, str], None]] = {
    Shape.STRING: _close_text, Shape.HASH: _close_hash, Shape.STREAM: _close_stream,
}  # fmt: skip
