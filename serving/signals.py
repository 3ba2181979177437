"""Told to stop: SIGTERM and SIGINT as an event that loops look at between two steps, or as the end of a long step."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType


class ToldToStop(BaseException):
    """SIGTERM or SIGINT came while there was no loop to look at it."""


@contextmanager
def interrupting(stopped: threading.Event) -> Iterator[None]:
    """The first SIGTERM or SIGINT sets the event and raises ToldToStop wherever the main thread is; those that come
    once the event is set wait for what is being put away.
    """

    def interrupt() -> None:
        if not stopped.is_set():
            stopped.set()
            raise ToldToStop

    with _handling(interrupt):
        yield


@contextmanager
def signalled(stopped: threading.Event) -> Iterator[None]:
    """SIGTERM and SIGINT set the event while the block runs; a thread beside the main one has no signals."""
    with _handling(stopped.set):
        yield


@contextmanager
def _handling(act: Callable[[], None]) -> Iterator[None]:
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def handle(_: int, __: FrameType | None) -> None:
        act()

    before = {number: signal.signal(number, handle) for number in (signal.SIGTERM, signal.SIGINT)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
