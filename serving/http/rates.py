"""Rates: how often somebody may ask, in bursts of a second or more."""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable

_REMEMBERED = 10_000
"""Names whose rate is remembered; of more, those who asked longest ago are forgotten, as if they had never asked."""


class Rates:
    """Of one process, by name. burst: how many seconds' worth may come at once."""

    def __init__(self, burst: float = 1.0, clock: Callable[[], float] = time.monotonic) -> None:
        self._burst = burst
        self._clock = clock
        self._left: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def take(self, name: str, rate: float) -> bool:
        """Whether one more may come now, of `rate` a second."""
        now, most = self._clock(), rate * self._burst
        left, since = self._left.pop(name, (most, now))
        left = min(most, left + (now - since) * rate)
        self._left[name] = (left - 1, now) if left >= 1 else (left, now)
        if len(self._left) > _REMEMBERED:
            self._left.popitem(last=False)
        return left >= 1
