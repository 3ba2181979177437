"""Back pressure: new events are refused for a while, before what waits endangers the hot store's memory."""

from __future__ import annotations

import time
from collections.abc import Callable

import redis

from leads.errors import TooBusy

_LOOK = 0.2
"""Seconds for which the store's memory is not looked at again."""

RETRY_AFTER = 2
"""Seconds after which a refused caller may try again."""


class Pressure:
    """What may wait: so many entries, and so large a share of the memory that the store may use."""

    def __init__(self, client: redis.Redis, entries: int, share: float) -> None:
        self._client = client
        self._entries = entries
        self._share = share
        self._looked = -_LOOK
        self._full = False

    def check(self, backlog: Callable[[], int]) -> None:
        """Raises TooBusy when more entries wait than allowed, or memory runs short."""
        waiting = backlog()
        if waiting > self._entries:
            raise TooBusy(f"{waiting} accepted events wait to be applied and recorded", retry_after=RETRY_AFTER)
        if time.monotonic() - self._looked > _LOOK:
            self._full = self.used() > self._share
            self._looked = time.monotonic()
        if self._full:
            raise TooBusy("the hot store's memory is nearly full", retry_after=RETRY_AFTER)

    def used(self) -> float:
        """The share of its memory that the store uses: of its limit, where it has one, else of the machine's."""
        found = self._client.info("memory")
        most = found["maxmemory"] or found.get("total_system_memory") or 0  # type: ignore[index,union-attr]
        return float(found["used_memory"]) / most if most else 0.0  # type: ignore[index]
