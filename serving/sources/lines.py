"""Lines, numbered and in batches: many at once where there are many, soon where they come slowly."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass
from threading import Event

from serving.sources.feed import Feed

BATCH = 1000
"""Lines of a batch at most."""

SOON = 0.2
"""Seconds a line waits for others at most."""

LONGEST = 1 << 20
"""Bytes of a line at most; of a longer one the beginning is kept, and it is marked."""


@dataclass(frozen=True)
class Line:
    """A line that is not blank. `number` counts from 1, blank ones too; `whole` is False where it was too long."""

    number: int
    text: bytes
    whole: bool = True


class Lines:
    """The lines of a feed. `bytes` counts what was read."""

    def __init__(self, feed: Feed, stopped: Event) -> None:
        self._feed = feed
        self._stopped = stopped
        self._part = feed.part
        self._number = 0
        self._open = b""
        self._cut = False
        self.bytes = 0

    def batches(self) -> Iterator[list[Line]]:
        """Batches until the end, or until stopped: then those that were read already still come."""
        waiting: list[Line] = []
        deadline = 0.0
        while not self._stopped.is_set():
            found = self._feed.read(max(0.0, deadline - time.monotonic()) if waiting else SOON)
            if found is None:
                waiting += self._ended()
                break
            if not waiting:
                deadline = time.monotonic() + SOON
            waiting += self._read(found)
            while len(waiting) >= BATCH or (waiting and time.monotonic() >= deadline):
                yield waiting[:BATCH]
                waiting = waiting[BATCH:]
        for start in range(0, len(waiting), BATCH):
            yield waiting[start : start + BATCH]

    def _read(self, found: bytes) -> list[Line]:
        """The lines that end with these bytes; a new part of the feed ends the line before and counts from 1."""
        before: list[Line] = []
        if self._feed.part != self._part:
            before, self._part, self._number = self._ended(), self._feed.part, 0
        self.bytes += len(found)
        return before + self._lines(found)

    def _ended(self) -> list[Line]:
        """The last line, which need not end."""
        return self._lines(b"\n") if self._open else []

    def _lines(self, found: bytes) -> list[Line]:
        """The lines that end within these bytes; the rest waits for its end."""
        *ended, rest = found.split(b"\n")
        lines = []
        for part in ended:
            self._extend(part)
            self._number += 1
            if self._open.strip():
                lines.append(Line(self._number, self._open, not self._cut))
            self._open, self._cut = b"", False
        self._extend(rest)
        return lines

    def _extend(self, part: bytes) -> None:
        self._cut = self._cut or len(self._open) + len(part) > LONGEST
        self._open = (self._open + part)[:LONGEST]
