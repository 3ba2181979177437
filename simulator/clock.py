"""Simulated time: seconds since the start of the history, walked through in steps of about a week."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise

import numpy as np

from simulator.arrays import Floats, Ints

DAY = 86_400
"""Seconds."""

TIMEZONE = "Asia/Shanghai"
_UTC_OFFSET = 8 * 3_600
"""Seconds; China has one time zone and no summer time."""

DAYTIME = (1, 0, 0, 0, 0, 0, 1, 3, 5, 6, 6, 6, 8, 6, 5, 5, 5, 6, 7, 9, 11, 12, 9, 4)
"""When people look at their phones: weight of each local hour."""

CALLING = (0, 0, 0, 0, 0, 0, 0, 0, 0, 8, 10, 9, 4, 4, 8, 9, 9, 8, 5, 4, 0, 0, 0, 0)
"""When the centre dials: weight of each local hour."""


@dataclass(frozen=True)
class Step:
    """Some whole days, from `start` (seconds since the start of the history) to `end`.

    local: seconds of the local day at `start`.
    """

    number: int
    start: int
    days: int
    local: int

    @property
    def end(self) -> int:
        """The first second after the step."""
        return self.start + self.days * DAY

    @property
    def years(self) -> float:
        """Length of the step in years, to turn rates per year into expectations."""
        return self.days / 365

    def times(self, rng: np.random.Generator, size: int, hours: Sequence[int] = DAYTIME) -> Ints:
        """Moments inside the step whose local hours follow the weights `hours`; shape (size,)."""
        cdf = np.cumsum(np.asarray(hours, np.float32)) / np.float32(sum(hours))
        hour = np.searchsorted(cdf, rng.random(size, np.float32), side="right").astype(np.int32)
        second = np.minimum(hour, 23) * 3_600 + (rng.random(size, np.float32) * 3_599).astype(np.int32)
        day = (rng.random(size, np.float32) * self.days).astype(np.int32)
        times: Ints = self.start + np.minimum(day, self.days - 1) * DAY + (second - self.local) % DAY
        return times


def steps(until: datetime, days: int) -> Iterator[Step]:
    """The steps of a history of so many days that ends at `until`."""
    begin = until - timedelta(days=days)
    local = (int(begin.timestamp()) + _UTC_OFFSET) % DAY
    bounds = np.linspace(0, days, max(1, -(-days // 7)) + 1).round().astype(int)
    for number, (first, last) in enumerate(pairwise(bounds)):
        yield Step(number, int(first) * DAY, int(last - first), local)


def decay(days: float, mean_days: float) -> float:
    """What is left after `days` of something that lasts `mean_days` on average.

    >>> round(decay(30, 30), 3)
    0.368
    """
    return float(np.exp(-days / mean_days))


def moment(begin: datetime, seconds: Floats | Ints) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    """Microseconds of the Unix epoch for seconds since the start of the history."""
    epoch = int(begin.timestamp()) * 1_000_000 + begin.microsecond
    return epoch + np.asarray(seconds, np.int64) * 1_000_000
