"""Holders: who was handed out or pushed before the store was emptied is so as who they are now."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

import redis

from serving.queue.leases import Leases
from serving.queue.queued_people import QueuedPeople
from serving.store.keyspace import Keyspace


class Holders:
    """Moves leases and pushes to whom they are about by now."""

    def __init__(self, client: redis.Redis, keyspace: Keyspace, leases: Leases, queued_people: QueuedPeople) -> None:
        self._client = client
        self._keys = keyspace
        self._leases = leases
        self._queued_people = queued_people

    def refill(self, into: Mapping[str, str], now: datetime) -> None:
        """Who was handed out or pushed is so as who they are now: an import may have made them somebody else.
        into: id → the one that survives.
        """
        keys = (self._keys.held_customers, self._keys.pushed)
        names = sorted({name.decode() for key in keys for name in self._client.hkeys(key)})  # type: ignore[union-attr]
        for name in names:
            if into.get(name, name) != name:
                self._queued_people.join(name, into[name], now)
        leases = self._leases.all(now)
        handed_out = {name for lease in leases for name in (lease.customer_id, lease.called or lease.customer_id)}
        self._queued_people.part({name: into.get(name, name) for name in handed_out}, now)
