"""Pacing: a day's quota is spread over the hours of the day."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import datetime, time

_DAY = 86_400.0


@dataclass(frozen=True)
class Pace:
    """How a quota is spent.

    daily_quota: leads a day. opens, closes: local times between which they are handed out, None for the day's own
        ends. slack: how far ahead of the clock it may run, in leads: one batch of a dialer.
    """

    daily_quota: int
    opens: time | None = None
    closes: time | None = None
    slack: int = 1

    def is_open(self, local: datetime) -> bool:
        """Whether any are handed out at this local time."""
        return self._opening <= _seconds(local.time()) < self._closing

    def elapsed(self, local: datetime) -> float:
        """The share of the hours that is over, 0 to 1."""
        share = (_seconds(local.time()) - self._opening) / (self._closing - self._opening)
        return min(max(share, 0.0), 1.0)

    def most(self, local: datetime) -> int:
        """How many may have been handed out today by this local time.

            most = min(daily_quota, floor(daily_quota × elapsed share) + slack), and 0 before it opens

        It counts from the morning, so what was not used stays there for the rest of the day.

        >>> Pace(daily_quota=100, opens=time(9), closes=time(19), slack=5).most(datetime(2026, 3, 4, 14))
        55
        """
        if _seconds(local.time()) < self._opening:
            return 0
        return min(self.daily_quota, math.floor(self.daily_quota * self.elapsed(local)) + self.slack)

    @property
    def _opening(self) -> float:
        return 0.0 if self.opens is None else _seconds(self.opens)

    @property
    def _closing(self) -> float:
        return _DAY if self.closes is None else _seconds(self.closes)


def _seconds(moment: time) -> float:
    return moment.hour * 3600 + moment.minute * 60 + moment.second + moment.microsecond / 1e6
