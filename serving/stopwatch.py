"""What the parts of something cost, told as each is over."""

from __future__ import annotations

from collections.abc import Callable
from time import perf_counter

Tell = Callable[[str, float], None]
"""Called with a part and the seconds that it took."""


class Stopwatch:
    """tell: None where nobody wants to know, which costs nothing."""

    def __init__(self, tell: Tell | None = None) -> None:
        self._tell = tell
        self._at = 0.0 if tell is None else perf_counter()

    def over(self, part: str) -> None:
        """What was done since the last part was over is this one."""
        if self._tell is not None:
            now = perf_counter()
            self._tell(part, now - self._at)
            self._at = now
