"""Isolating faults: of many things that are done at once the one that cannot be is found, and the others are done."""

from __future__ import annotations

import traceback
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TypeVar

import polars as pl
import redis

from leads.errors import DamagedFiles, NextleadError, TooBusy
from serving.disk import store_refuses

FAULTS = (Exception, pl.exceptions.PanicException)
"""Whatever a thing may raise; what Polars' engine panics with is no Exception."""

_PASSING = (redis.ConnectionError, redis.TimeoutError, TooBusy, DamagedFiles, OSError, MemoryError)
"""What is wrong elsewhere, and with nothing that was to be done."""

Thing = TypeVar("Thing")


def isolating_faults(
    things: Sequence[Thing],
    act: Callable[[Sequence[Thing]], object],
    refuse: Callable[[Thing, BaseException], object],
    passing: Callable[[BaseException], bool] = lambda _: False,
) -> None:
    """Act on all at once, in their order. Where that raises, on halves, down to the single one that raises, which
    `refuse` gets with the error.

    Raises what says that store, disk or memory are not there now, and what `passing` says to be of that kind.
    """
    if not things:
        return
    try:
        act(things)
    except FAULTS as error:
        if isinstance(error, _PASSING) or _refused(error) or passing(error):
            raise
        if len(things) == 1:
            refuse(things[0], error)
            return
        middle = len(things) // 2
        isolating_faults(things[:middle], act, refuse, passing)
        isolating_faults(things[middle:], act, refuse, passing)


def _refused(error: BaseException) -> bool:
    return isinstance(error, redis.RedisError) and store_refuses(error)


def reason_of(error: BaseException) -> str:
    """What went wrong, in words, without any value: those may be personal.

    >>> reason_of(OSError(28, "No space left on device", "/home/ann"))
    'No space left on device'
    """
    if isinstance(error, DamagedFiles):
        return error.detail
    if isinstance(error, NextleadError):
        told = "; ".join(f"{found.field}: {found.reason}" for found in error.errors)
        return told or f"{error.title}{_place(error)}"
    if isinstance(error, redis.ConnectionError | redis.TimeoutError):
        return "the hot store does not answer"
    if isinstance(error, MemoryError):
        return "there is no memory left"
    if isinstance(error, OSError) and error.strerror:
        return error.strerror
    return f"the program cannot do this, which is a fault of its own: {type(error).__name__}{_place(error)}"


def _place(error: BaseException) -> str:
    frames = traceback.extract_tb(error.__traceback__)
    return f" in {Path(frames[-1].filename).name}, {frames[-1].name}" if frames else ""
