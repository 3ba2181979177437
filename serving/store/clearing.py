"""Clearing: the store forgets what is folded again or passes."""

from __future__ import annotations

import redis

from serving.store.keys.key import Kind
from serving.store.keyspace import Keyspace, beginning

_AT_ONCE = 1000
"""Keys that go in one request."""


def clear(client: redis.Redis, keyspace: Keyspace) -> list[str]:
    """Forget it; what nobody declared is not known to be either: it stays, and the answer is how its names begin."""
    strange, going = set(), list[bytes]()
    for key in client.scan_iter(f"{keyspace.prefix}:*", count=5000):
        found = keyspace.find(key)
        if found is None:
            strange.add(beginning(keyspace.named(key)))
        elif found.kind is not Kind.KEPT:
            going.append(key)
        if len(going) == _AT_ONCE:
            client.unlink(*going)
            going.clear()
    if going:
        client.unlink(*going)
    return sorted(strange)
