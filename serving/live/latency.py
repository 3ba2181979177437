"""How long events waited until the queue knew them: counted where they are applied, told by /metrics."""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Sequence
from typing import Any

import redis

from serving.store.keyspace import Keyspace

BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.15, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 60.0)
"""Upper bounds in seconds."""


def count(pipeline: Any, keyspace: Keyspace, came: Sequence[int], now: float) -> None:
    """Add the waits of entries that came at these times, in real milliseconds, and are applied now."""
    seconds = [max(0.0, now - at) / 1000 for at in came]
    for bucket, number in Counter(bisect_left(BUCKETS, wait) for wait in seconds).items():
        pipeline.hincrby(keyspace.waits, str(bucket), number)
    pipeline.hincrbyfloat(keyspace.waits, "sum", sum(seconds))


def read(client: redis.Redis, keyspace: Keyspace) -> tuple[list[int], float]:
    """How many waits fell into each bucket (the last: longer than all bounds), and their sum in seconds."""
    found: dict[bytes, bytes] = client.hgetall(keyspace.waits)  # type: ignore[assignment]
    counts = [int(found.get(str(bucket).encode(), 0)) for bucket in range(len(BUCKETS) + 1)]
    return counts, float(found.get(b"sum", 0.0))
