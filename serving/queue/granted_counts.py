"""How much was granted: by counter and day, and what an agent holds now."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import redis

from serving.store.keyspace import Keyspace


class GrantedCounts:
    """What quotas, shares and paces are held against."""

    def __init__(self, client: redis.Redis, keyspace: Keyspace) -> None:
        self._client = client
        self._keys = keyspace

    def on(self, day: str) -> Mapping[str, int]:
        """How much was granted on a day, by counter."""
        found: Any = self._client.hgetall(self._keys.taken(day))
        return {name.decode(): int(count) for name, count in found.items()}

    def of(self, day: str, names: Sequence[str]) -> Mapping[str, int]:
        """How much was granted on a day of these counters."""
        if not names:
            return {}
        found: Any = self._client.hmget(self._keys.taken(day), list(names))
        return {name: int(count or 0) for name, count in zip(names, found, strict=True)}

    def load(self, agent_id: str) -> int:
        """How many leases an agent holds now."""
        return self._held(self._keys.loads, agent_id)

    def load_of_key(self, key: str) -> int:
        """How many leases are held now that were claimed with a key."""
        return self._held(self._keys.key_loads, key)

    def _held(self, name: str, holder: str) -> int:
        found: Any = self._client.hget(name, holder)
        return int(found or 0)
