"""Effects of contact, sought in a process of their own while the models of the objectives are learned."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from datetime import datetime
from multiprocessing import get_context
from pathlib import Path

from features.home import Home
from leads.errors import Unavailable
from training.contact.uplift_training import Benefit, Benefits


class Ahead:
    """What `Benefits` finds, in the same order of objectives, so that it is the same; asked for where it is needed."""

    def __init__(self, coming: dict[str, Future[Benefit]]) -> None:
        self._coming = coming

    def of(self, objective: str) -> Benefit:
        """Wait for this objective's. Raises what seeking it raised, and Unavailable where the process was killed."""
        try:
            return self._coming[objective].result()
        except BrokenProcessPool as error:
            reason = "the process that sought effects of contact was killed, perhaps for want of memory"
            raise Unavailable(reason) from error


@contextmanager
def ahead(
    home: Home, objectives: Sequence[str], until: datetime | None = None, seed: int = 7, most: int | None = None
) -> Iterator[Ahead]:
    """Begin with the first of these objectives, to be trained in this order; what nobody waits for is given up.

    The process is started anew instead of forked: the learners' threads do not survive a fork.
    """
    pool = ProcessPoolExecutor(1, get_context("spawn"), _begin, (home.folder, until, seed, most))
    try:
        yield Ahead({name: pool.submit(_seek, name) for name in objectives})
    finally:
        pool.shutdown(cancel_futures=True)


_seeking: list[Benefits] = []
"""Of the process that seeks: one, so that what several objectives rest on is learned once."""


def _begin(folder: Path, until: datetime | None, seed: int, most: int | None) -> None:
    _seeking.append(Benefits(Home.open(folder), until, seed, most=most))


def _seek(objective: str) -> Benefit:
    return _seeking[-1].of(objective)
