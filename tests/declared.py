"""What a test left in the store: nothing that nobody declared, and everything in its declared shape."""

from __future__ import annotations

import redis

from serving.store.keyspace import Keyspace


def all_declared(client: redis.Redis) -> None:
    """Fail for a key of a service that is not declared, or is declared to be of another shape."""
    names = sorted(name for name in client.scan_iter("{*}:*", count=5000))
    with client.pipeline(transaction=False) as pipeline:
        for name in names:
            pipeline.type(name)
        shapes = pipeline.execute()
    wrong = []
    for name, shape in zip(names, shapes, strict=True):
        found = Keyspace(name.partition(b":")[0].decode()).find(name)
        # One that has expired since is of no type.
        if found is None or shape.decode() not in (found.shape.value, "none"):
            wrong.append((name, shape))
    assert not wrong, "declare these in serving/store/keys, or in another shape"
