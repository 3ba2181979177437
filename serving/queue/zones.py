"""Time zones of customers who wait, and where it is an hour to call."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from typing import Any

import redis

from serving.store.keyspace import Keyspace

Hours = Callable[[Sequence[str | None], datetime], Sequence[bool]]
"""Whether customers of these time zones may be called at a time."""


class Zones:
    """Says where those who wait may be called now. It remembers the zones that there were when it looked last."""

    def __init__(self, client: redis.Redis, keyspace: Keyspace, hours: Hours) -> None:
        self._client = client
        self._key = keyspace.zones
        self._hours = hours
        self._known: frozenset[str] = frozenset()

    def open_at(self, now: datetime) -> list[str]:
        """Zones of waiting customers where they may be called now."""
        found: Any = self._client.smembers(self._key)
        self.meet(found)
        return self.known_at(now)[0]

    def known_at(self, now: datetime) -> tuple[list[str], list[str]]:
        """The zones that are known: those where they may be called now, and the others. Nothing is looked up."""
        zones = sorted(self._known)
        allowed = list(self._hours([zone or None for zone in zones], now))
        open_now = [zone for zone, is_open in zip(zones, allowed, strict=True) if is_open]
        return open_now, [zone for zone, is_open in zip(zones, allowed, strict=True) if not is_open]

    def meet(self, zones: Iterable[bytes]) -> None:
        """Know these too."""
        self._known |= {zone.decode() for zone in zones}
