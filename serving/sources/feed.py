"""Bytes of a file, a named pipe or standard input, as they come."""

from __future__ import annotations

import os
import select
import stat
import sys
import time
from pathlib import Path

from leads.errors import InvalidInput, NotFound

_PAUSE = 0.2
"""Seconds between two looks at a file that has no more."""

_CHUNK = 1 << 18


class Feed:
    """One source of bytes. With `follow`, a file's end is not the end: more may be written, or a new file put there.

    A named pipe is followed from writer to writer. Standard input (`-`) ends when its writer does. `part` counts the
    files or writers before this one.
    Raises NotFound for a path where nothing is, InvalidInput for a folder.
    """

    def __init__(self, path: Path, follow: bool = False) -> None:
        self._path = path
        self._standard = str(path) == "-"
        self._follow = follow and not self._standard
        self.part = 0
        self._file = sys.stdin.fileno() if self._standard else _open(path)
        mode = os.fstat(self._file).st_mode
        self._regular = stat.S_ISREG(mode)
        if stat.S_ISDIR(mode):
            self.close()
            raise InvalidInput("FILE", str(path), "a file, a named pipe, or - for standard input")

    @property
    def size(self) -> int | None:
        """Bytes there are to read, where that is known."""
        return os.fstat(self._file).st_size if self._regular and not self._follow else None

    def read(self, seconds: float) -> bytes | None:
        """What has come, after at most so many seconds; b"" when nothing has, None at the end."""
        if not self._regular and not select.select([self._file], [], [], seconds)[0]:
            return b""
        try:
            found = os.read(self._file, _CHUNK)
        except BlockingIOError:
            return b""
        if found:
            return found
        if not self._follow:
            return None
        self._go_on(seconds)
        return b""

    def close(self) -> None:
        if not self._standard:
            os.close(self._file)

    def _go_on(self, seconds: float) -> None:
        """At the end of what is followed: the next writer, the file's successor, its new beginning, or a pause."""
        if not self._regular or _replaced(self._path, self._file):
            # Opened before the old one is closed: a pipe's next writer always finds a reader.
            successor = _open(self._path)
            os.close(self._file)
            self._file = successor
        elif os.fstat(self._file).st_size < os.lseek(self._file, 0, os.SEEK_CUR):
            os.lseek(self._file, 0, os.SEEK_SET)
        else:
            time.sleep(min(seconds, _PAUSE))
            return
        self.part += 1


def _open(path: Path) -> int:
    try:
        # Without blocking: a pipe that nobody writes to yet must not keep the command from being stopped.
        return os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    except FileNotFoundError as error:
        raise NotFound("file", str(path)) from error
    except OSError as error:
        raise InvalidInput("FILE", str(path), f"cannot be read: {error.strerror}") from error


def _replaced(path: Path, file: int) -> bool:
    """Whether another file has the path now. Between the two there may be none."""
    try:
        now, then = os.stat(path), os.fstat(file)
    except FileNotFoundError:
        return False
    return (now.st_dev, now.st_ino) != (then.st_dev, then.st_ino)
