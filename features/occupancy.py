"""Who works on a home: locks in it that the system lets go of when their holder ends, however it ended."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from leads.errors import Unavailable

IN_USE = "in-use.lock"
"""Shared by everything that works on the home; whoever takes the home away has it alone."""

BUILDING = "building.lock"
"""Of who imports or trains: one at a time."""

SERVING = "serving.lock"
"""Shared by services; a rebuild has it alone."""


@contextmanager
def shared(folder: Path, name: str = IN_USE) -> Iterator[None]:
    """Beside others who share it. Raises Unavailable where somebody has it alone. A home that may not be written to is
    taken away by nobody, and needs no lock.
    """
    with _held(folder / name, fcntl.LOCK_SH):
        yield


@contextmanager
def alone(folder: Path, name: str) -> Iterator[None]:
    """With nobody else. Raises Unavailable, which names who is there."""
    with _held(folder / name, fcntl.LOCK_EX):
        yield


@contextmanager
def _held(path: Path, kind: int) -> Iterator[None]:
    if kind == fcntl.LOCK_SH and not os.access(path if path.exists() else path.parent, os.W_OK):
        yield
        return
    with path.open("a") as lock:
        try:
            fcntl.flock(lock, kind | fcntl.LOCK_NB)
        except BlockingIOError as error:
            whom = ", ".join(holders(path)) or "another process"
            raise Unavailable(f"{path.parent} is in use by {whom}: try again when that has ended") from error
        yield


def holders(path: Path) -> list[str]:
    """The processes that hold a lock, as `nextlead serve (process 7)`; none where the system does not tell."""
    inode = path.stat().st_ino
    try:
        lines = Path("/proc/locks").read_text("ascii").splitlines()
    except OSError:
        return []
    held = [line.split() for line in lines if "->" not in line]
    found = {int(parts[4]) for parts in held if parts[1] == "FLOCK" and parts[5].endswith(f":{inode}")}
    return [described(process) for process in sorted(found - {0, -1})]


def described(process: int) -> str:
    """A process by the command it runs.

    >>> described(os.getpid()).endswith(f"(process {os.getpid()})")
    True
    """
    try:
        parts = Path(f"/proc/{process}/cmdline").read_text("utf-8", "replace").split("\0")
    except OSError:
        return f"process {process}"
    named = [part for part in parts if part and not part.startswith("-")]
    words = [Path(named[0]).name, *named[1:]] if named else ["a process"]
    if len(words) > 1 and words[0].startswith("python"):
        words = [Path(words[1]).name, *words[2:]]
    return f"{' '.join(words[:2])} (process {process})"
