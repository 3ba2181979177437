"""Handover: a lease begins to run when all is decided, and the record says who took the customer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

import redis

from serving.clock import microseconds
from serving.events.stream import Event, Stream
from serving.queue import lease_purpose
from serving.queue.grants import Grant
from serving.queue.leases import Leases
from serving.store.keyspace import Keyspace
from serving.store.words import SOURCE

REASONS = 3
"""Reasons that a claimed item carries."""


class Handover:
    """Hands granted leads to their agent."""

    def __init__(self, client: redis.Redis, keyspace: Keyspace, stream: Stream, leases: Leases) -> None:
        self._client = client
        self._keys = keyspace
        self._stream = stream
        self._leases = leases

    def hand_over(self, taken: Sequence[Grant], seconds: float, now: datetime) -> list[Grant]:
        """The time of a lease runs from when all is decided; one that ended before that is not handed out."""
        leases = self._leases.hand_over([granted.lease for granted in taken], seconds, now)
        handed = [
            replace(granted, lease=lease) for granted, lease in zip(taken, leases, strict=True) if lease is not None
        ]
        self._tell(handed, now)
        return handed

    def _tell(self, handed: Sequence[Grant], now: datetime) -> None:
        """The record says who took the customer, and the lease remembers what it was granted for."""
        if not handed:
            return
        with self._client.pipeline(transaction=True) as pipeline:
            for granted in handed:
                lease = granted.lease
                name, time = f"{lease.id}/granted", microseconds(now)
                event = Event(name, SOURCE, "lease.granted", lease.customer_id, time, granted.event)
                self._stream.add(pipeline, event)
                lease_purpose.remember(pipeline, self._keys, lease.id, granted.commitment)
            pipeline.execute()
