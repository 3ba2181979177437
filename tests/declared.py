"""What a test left in the store: nothing that nobody declared, and everything in its declared shape."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache

import redis

from serving.store.keys.key import Shape
from serving.store.keyspace import Keyspace


def all_declared(client: redis.Redis) -> None:
    """Fail for a key of a service that is not declared, or is declared to be of another shape."""
    right = {name for shape in Shape for name in _names(client, shape.value) if _declared(name) is shape}
    others = {name: client.type(name).decode() for name in sorted(set(_names(client)) - right)}
    # One that has expired since is of no type; one that another process wrote since is looked at once more.
    wrong = [(name, shape) for name, shape in others.items() if not _is_right(name, shape)]
    assert not wrong, "declare these in serving/store/keys, or in another shape"


def _names(client: redis.Redis, shape: str | None = None) -> Iterator[bytes]:
    return client.scan_iter("{*}:*", count=5000, _type=shape)


@cache
def _declared(name: bytes) -> Shape | None:
    found = Keyspace(name.partition(b":")[0].decode()).find(name)
    return None if found is None else found.shape


def _is_right(name: bytes, shape: str) -> bool:
    declared = _declared(name)
    return declared is not None and shape in (declared.value, "none")
