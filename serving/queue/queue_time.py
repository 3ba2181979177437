"""The queue's time: one clock for every process, and what comes about as time passes."""

from __future__ import annotations

from datetime import datetime, timedelta

from serving.clock import milliseconds
from serving.store.scripts import Scripts

SKEW = timedelta(seconds=5)
"""By how much the clocks of a service's processes may be wrong."""

_KEPT = timedelta(minutes=1)
"""How long the time is kept when no worker keeps it any more."""


class QueueTime:
    """Keeps the time. Times are passed in everywhere; while a worker keeps it, `now` is the store's, whatever a
    caller's clock says: processes whose clocks are apart agree on when a lease ends.
    """

    def __init__(self, scripts: Scripts) -> None:
        self._scripts = scripts

    def keep(self, now: datetime) -> timedelta:
        """Have the store's clock decide from now on, so far ahead of its own as returned; to be said again and again.

        What was said first holds, as long as others are not more than `SKEW` from it; after `_KEPT` without it callers
        are believed again.
        """
        limits = (_length(SKEW), _length(_KEPT))
        return timedelta(milliseconds=self._scripts.run("clock", milliseconds(now), *limits))

    def settle(self, now: datetime, limit: int = 1000) -> int:
        """Return the customers of leases that ended, and bring forward those whose time has come."""
        return int(self._scripts.run("settle", milliseconds(now), limit))


def _length(span: timedelta) -> int:
    """In milliseconds."""
    return span // timedelta(milliseconds=1)
