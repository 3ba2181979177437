"""A disk that takes nothing more: what a process can wait out, and must not take for a fault of what it was writing."""

from __future__ import annotations

import errno
import re
import shutil
import sqlite3
import sys
from contextlib import suppress
from pathlib import Path

import polars as pl
import redis

from leads.errors import Unavailable

_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EROFS, errno.EIO)

_SQLITE = (sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR)
"""The same as SQLite tells it, which the models' registry is in: the low byte of its codes."""

_ROOM = 1 << 20
"""Bytes without which a store cannot be relied on to append to its file."""

_TOLD = re.compile(r"\(os error (\d+)\)")
"""How Polars says what the system said; its errors carry no number."""

FULL = "the disk of the service takes nothing more"


def is_full(error: BaseException) -> bool:
    """Whether a file could not be written for want of room, or because the disk fails; also where that is the cause of
    another error.
    """
    cause = error.__cause__
    return _says_full(error) or (cause is not None and is_full(cause))


def _says_full(error: BaseException) -> bool:
    if isinstance(error, OSError) and error.errno is not None:
        return error.errno in _FULL
    if isinstance(error, sqlite3.Error):
        return getattr(error, "sqlite_errorcode", 0) & 0xFF in _SQLITE
    told = _TOLD.search(str(error)) if isinstance(error, OSError | pl.exceptions.PolarsError) else None
    return told is not None and int(told[1]) in _FULL


def without_room(folder: Path) -> bool:
    """Whether hardly anything can be written there; False where there is no such folder."""
    try:
        return shutil.disk_usage(folder).free < _ROOM
    except OSError:
        return False


def require_room(folder: Path) -> None:
    """Raises Unavailable, saying what to do, where hardly anything can be written."""
    if without_room(folder):
        raise Unavailable(f"{FULL}: make room where {folder} is; what was answered is kept")


def away(hot: Path) -> str:
    """That the hot store of this folder cannot be reached, and that its disk is full where that is so."""
    return f"the hot store cannot be reached{f': {FULL}' if without_room(hot) else ''}"


def store_refuses(error: redis.RedisError) -> bool:
    """Whether the store takes no writes now: its disk or memory is full, or it is a replica."""
    if isinstance(error, redis.exceptions.OutOfMemoryError | redis.exceptions.ReadOnlyError):
        return True
    return isinstance(error, redis.ResponseError) and str(error).startswith(("MISCONF", "OOM", "READONLY"))


def say(line: str) -> None:
    """A line for the operator. Where it goes to a file on a full disk it is lost, and nothing else is."""
    with suppress(OSError):
        print(line, file=sys.stderr, flush=True)
