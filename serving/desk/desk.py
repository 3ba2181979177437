"""The managers' desk: what is paused, and a log of what managers did where no customer is concerned.

Both are files in the home: a pause must not end because the hot store was lost.
"""

from __future__ import annotations

import json
import os
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any

from typing_extensions import TypedDict

from features.traces import Traces
from serving.clock import written
from serving.homefile import HomeFile
from serving.meaning import Means, Time


@dataclass(frozen=True)
class Pause:
    """A queue or campaign of which nothing is handed out. Leases in hand can be completed."""

    kind: str
    name: str
    by: str
    why: str
    since: datetime


@dataclass(frozen=True)
class Doing:
    """Something a manager did. key: id of the API key it was done with."""

    what: str
    name: str
    by: str
    why: str
    key: str


class DeskEntry(TypedDict):
    at: Time
    what: str
    name: Annotated[str, Means("the queue, campaign or agent")]
    by: str
    why: str
    key: Annotated[str, Means("id of the API key")]


class Desk:
    """The desk of one home."""

    def __init__(self, pauses: Path, log: Path) -> None:
        self._pauses = HomeFile(pauses, list, _read, "a list of pauses as the service writes it")
        self._log = log

    def paused(self, kind: str) -> Mapping[str, Pause]:
        """What is paused of a kind, by name."""
        return {pause.name: pause for pause in self._pauses.current() if pause.kind == kind}

    def pause(self, kind: str, doing: Doing, now: datetime) -> Pause:
        """Hand out nothing more of it; what is paused already stays so, with who paused it first."""
        with self._pauses.locked():
            pauses = self._pauses.read()
            for pause in pauses:
                if (pause.kind, pause.name) == (kind, doing.name):
                    return pause
            made = Pause(kind, doing.name, doing.by, doing.why, now)
            self._write([*pauses, made], doing, now)
        return made

    def resume(self, kind: str, doing: Doing, now: datetime) -> None:
        """Hand it out again; nothing happens where it is not paused."""
        with self._pauses.locked():
            pauses = self._pauses.read()
            left = [pause for pause in pauses if (pause.kind, pause.name) != (kind, doing.name)]
            if len(left) < len(pauses):
                self._write(left, doing, now)

    def note(self, doing: Doing, now: datetime) -> None:
        """Write it down; it is on the disk when this returns."""
        line = json.dumps({"at": written(now)} | asdict(doing), ensure_ascii=False) + "\n"
        with _whole_or_not(self._log) as descriptor:
            os.write(descriptor, line.encode())
            os.fsync(descriptor)

    def _write(self, pauses: Sequence[Pause], doing: Doing, now: datetime) -> None:
        """The pauses, and the log of what was done: both or neither."""
        with _whole_or_not(self._log):
            self.note(doing, now)
            self._pauses.write([asdict(pause) for pause in pauses])

    def forget(self, _: Sequence[str], traces: Traces) -> None:
        """Put stars in place of these people, in the lines as they stand: others may append meanwhile."""
        if not self._log.exists():
            return
        descriptor, start = os.open(self._log, os.O_RDWR), 0
        try:
            for line in self._log.read_bytes().splitlines(keepends=True):
                masked = traces.masked(line)
                if masked != line:
                    os.pwrite(descriptor, masked, start)
                start += len(line)
            os.fsync(descriptor)
        finally:
            os.close(descriptor)

    def log(self, limit: int) -> list[DeskEntry]:
        """What was done, latest first."""
        if not self._log.exists():
            return []
        with self._log.open(encoding="utf-8") as lines:
            return [json.loads(line) for line in reversed(deque(lines, maxlen=limit))]


@contextmanager
def _whole_or_not(log: Path) -> Iterator[int]:
    """A descriptor to append to a log; what was appended goes again where the disk takes no more."""
    descriptor = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    try:
        size = os.fstat(descriptor).st_size
        try:
            yield descriptor
        except OSError:
            os.ftruncate(descriptor, size)
            raise
    finally:
        os.close(descriptor)


def _read(document: Any) -> tuple[Pause, ...]:
    return tuple(Pause(**{**item, "since": datetime.fromisoformat(item["since"])}) for item in document or ())
