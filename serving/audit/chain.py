"""A chain: the entries that one process at a time writes, each sealed together with the one before."""

from __future__ import annotations

import fcntl
import math
import os
from collections.abc import Sequence
from datetime import datetime
from itertools import count
from pathlib import Path

from serving.audit.entry import Entry
from serving.audit.files import BEGINNING, ChainFiles, Mark
from serving.audit.line import Line, line_of, read_line
from serving.audit.seal import Seal

_FULL = 64 * 1024 * 1024
"""Bytes after which a chain goes on in another file."""

_OLD = 31 * 86_400.0
"""Seconds after which it does too, so that what is kept no longer can go file by file."""

_TAIL = 1024 * 1024
"""Bytes at the end of a file among which its last line is."""


class Chain:
    """The first of a home's chains that no other process writes to, which goes on where it ended."""

    def __init__(self, folder: Path, seal: Seal, full: int = _FULL) -> None:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._seal = seal
        self._full = full
        self._files, self._lock = _free(folder)
        self._descriptor = -1
        self._last, lost = self._resume()
        self._begun = _began(self._files.current)
        self._synced = self._last
        if lost:
            # What was half written when a process died is gone, and what was not there any more shows as a gap.
            os.ftruncate(self._descriptor, os.fstat(self._descriptor).st_size - lost)

    def append(self, entries: Sequence[Entry]) -> None:
        """Write entries down, all or none: raises OSError where the disk takes no more."""
        if entries and entries[0].at - self._begun > _OLD:
            self._turn_over()
        lines, before = [], self._last
        for entry in entries:
            line = line_of(entry, before.number + 1, before.seal, self._seal)
            lines.append(line)
            before = Mark(line.number, line.seal)
        self._write(lines)
        self._last = before
        self._begun = min([self._begun, *(entry.at for entry in entries[:1])])
        if os.fstat(self._descriptor).st_size > self._full:
            self._turn_over()

    def sync(self) -> None:
        """Have what was written be on the disk, whatever becomes of the machine, and say so."""
        if self._synced != self._last:
            os.fsync(self._descriptor)
            self._files.write_mark(self._files.head, self._last, self._seal)
            self._synced = self._last

    def close(self) -> None:
        self.sync()
        os.close(self._descriptor)
        os.close(self._lock)

    def _write(self, lines: Sequence[Line]) -> None:
        size = os.fstat(self._descriptor).st_size
        data = b"".join(line.written() for line in lines)
        try:
            while data:
                data = data[os.write(self._descriptor, data) :]
        except OSError:
            os.ftruncate(self._descriptor, size)
            raise

    def _resume(self) -> tuple[Mark, int]:
        """The last line, and the bytes after it of one that was not written whole."""
        self._descriptor = _opened(self._files.current)
        size = os.fstat(self._descriptor).st_size
        head = self._files.mark(self._files.head, self._seal) or BEGINNING
        last, lost = _last_of(self._files.current, size)
        if last is None:
            full = self._files.full
            last = _last_of(full[-1], full[-1].stat().st_size)[0] if full else None
        found = BEGINNING if last is None else Mark(last.number, last.seal)
        # Lines that the head knows and nobody has any more are missing: numbers go on after them.
        return (found, lost) if found.number >= head.number else (head, lost)

    def _turn_over(self) -> None:
        self.sync()
        os.close(self._descriptor)
        self._files.current.rename(self._files.full_until(self._last.number))
        self._descriptor = _opened(self._files.current)
        self._begun = math.inf


def _opened(path: Path) -> int:
    return os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600)


def _began(path: Path) -> float:
    """When its first entry was written, in seconds; infinity where there is none yet."""
    with path.open("rb") as file:
        line = read_line(file.readline())
    return math.inf if line is None else datetime.fromisoformat(str(line.document["at"])).timestamp()


def _free(folder: Path) -> tuple[ChainFiles, int]:
    """The first chain that nobody has locked, and its lock."""
    for number in count(1):
        files = ChainFiles(folder, number)
        lock = os.open(folder / f"chain-{number:03d}.lock", os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return files, lock
        except BlockingIOError:
            os.close(lock)
    raise AssertionError("there is no last number")


def _last_of(path: Path, size: int) -> tuple[Line | None, int]:
    """The last line of a file, None for none, and how many bytes come after it."""
    with path.open("rb") as file:
        file.seek(max(0, size - _TAIL))
        tail = file.read()
    whole, _, rest = tail.rpartition(b"\n")
    return (read_line(whole.rpartition(b"\n")[2]) if whole else None), len(rest)
