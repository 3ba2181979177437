"""A disk that takes nothing more: what a process can wait out, and must not take for a fault of what it was writing."""

from __future__ import annotations

import errno
import sys
from contextlib import suppress

import redis

_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EROFS, errno.EIO)


def is_full(error: OSError) -> bool:
    """Whether a file could not be written for want of room, or because the disk fails."""
    return error.errno in _FULL


def store_refuses(error: redis.RedisError) -> bool:
    """Whether the store takes no writes now: its disk or memory is full, or it is a replica."""
    if isinstance(error, redis.exceptions.OutOfMemoryError | redis.exceptions.ReadOnlyError):
        return True
    return isinstance(error, redis.ResponseError) and str(error).startswith(("MISCONF", "OOM", "READONLY"))


def say(line: str) -> None:
    """A line for the operator. Where it goes to a file on a full disk it is lost, and nothing else is."""
    with suppress(OSError):
        print(line, file=sys.stderr, flush=True)
