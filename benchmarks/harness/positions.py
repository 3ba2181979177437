"""When a service reached which place in its streams, watched from beside it."""

from __future__ import annotations

import bisect
import time
from dataclasses import dataclass, field

from serving.events.stream import Stream

Place = tuple[tuple[int, int], ...]
"""Per partition, milliseconds and number of the last entry."""

EVERY = 0.002
"""Seconds between two looks: what is measured is right to within it."""


def place(parts: list[str]) -> Place:
    """A list of stream positions in a form that compares.

    >>> place(["5-10", "5-9"])
    ((5, 10), (5, 9))
    """
    pairs = (part.partition("-") for part in parts)
    return tuple((int(first), int(last or 0)) for first, _, last in pairs)


@dataclass
class Watch:
    """The places that were seen as applied, oldest first, and the monotonic second of each."""

    seconds: list[float] = field(default_factory=list)
    places: list[Place] = field(default_factory=list)

    def look(self, stream: Stream) -> None:
        """Note where the stream's effects reach now, if it is further than before."""
        applied = place(stream.applied())
        if not self.places or applied != self.places[-1]:
            self.seconds.append(time.monotonic())
            self.places.append(applied)

    def reached(self, position: str) -> float | None:
        """The second when everything up to a position was first seen as applied; None when it never was.

        Places only grow, so that the first one that is far enough can be searched for.
        """
        wanted = place(position.split(","))
        index = bisect.bisect_left(self.places, True, key=lambda found: _covers(found, wanted))
        return self.seconds[index] if index < len(self.places) else None


def _covers(found: Place, wanted: Place) -> bool:
    return all(there >= asked for there, asked in zip(found, wanted, strict=True))
