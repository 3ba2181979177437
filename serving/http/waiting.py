"""Waiting until what was accepted is applied, as `?wait=scored` asks for."""

from __future__ import annotations

import time
from datetime import timedelta

from leads.errors import TimedOut
from serving.events.stream import Stream


class Waiting:
    """bound: how long a request may wait."""

    def __init__(self, stream: Stream, bound: timedelta) -> None:
        self._stream = stream
        self._bound = bound.total_seconds()

    def until(self, position: str) -> None:
        """Until the queue reflects everything up to a position; raises TimedOut after the bound."""
        if not self.reflected(position):
            raise TimedOut("accepted and durable, not applied yet; do not send it again")

    def reflected(self, position: str) -> bool:
        """Whether the queue reflects everything up to a position, after the bound at the latest."""
        deadline = time.monotonic() + self._bound
        while not self._stream.reached(position):
            if time.monotonic() > deadline:
                return False
            time.sleep(0.003)
        return True
