"""Holds looked at from outside: whether a customer, or a number, is ever in two agents' hands at once."""

from __future__ import annotations

from collections import Counter
from datetime import datetime

import redis

from serving.disk import say
from serving.queue.leases import Leases
from serving.store.keyspace import Keyspace

_COUNTED = "double_holds"


class Holds:
    """Looks at all leases, and counts what must not be: scripts keep it from happening, this says whether they do."""

    def __init__(self, client: redis.Redis, keyspace: Keyspace, leases: Leases) -> None:
        self._client = client
        self._keys = keyspace
        self._leases = leases

    def look(self, now: datetime) -> int:
        """Customers and numbers that two leases hold now; added to the count since the service began."""
        leases = self._leases.all(now)
        held = Counter(("customer", lease.customer_id) for lease in leases)
        held.update(("number", number) for lease in leases for number in set(lease.phones))
        twice = [what for what, times in held.items() if times > 1]
        if twice:
            self._client.hincrby(self._keys.meta, _COUNTED, len(twice))
            say(f"worker: {len(twice)} customers or numbers are held by two leases at once")
        return len(twice)

    def count(self) -> int:
        """How often it was found."""
        found = self._client.hget(self._keys.meta, _COUNTED)
        return 0 if found is None else int(found)  # type: ignore[arg-type]
