"""Time zones of customers who wait, and where it is an hour to call."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

import redis

from serving.store.keyspace import Keyspace

Hours = Callable[[Sequence[str | None], datetime], Sequence[bool]]
"""Whether customers of these time zones may be called at a time."""


class Zones:
    """Says where those who wait may be called now."""

    def __init__(self, client: redis.Redis, keyspace: Keyspace, hours: Hours) -> None:
        self._client = client
        self._key = keyspace.zones
        self._hours = hours

    def open_at(self, now: datetime) -> list[str]:
        """Zones of waiting customers where they may be called now."""
        found: Any = self._client.smembers(self._key)
        zones = sorted(zone.decode() for zone in found)
        allowed = self._hours([zone or None for zone in zones], now)
        return [zone for zone, is_open in zip(zones, allowed, strict=True) if is_open]
