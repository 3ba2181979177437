"""Pasts: what events and calls have left of ids is that of who they are now as soon as they are it.

The stream tells of it only later, and a worker then ranks them anew: until it does, whoever asks must know what either
of them refused, and that an agent holds them.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

import numpy as np
import redis

from features.added_states import as_one
from features.hot import HotFeatures
from features.people import Unity
from serving.people.circle import Circle


class FollowingQueue(Protocol):
    """What calls have left of a customer, and who holds them."""

    def watch(self, pipeline: Any) -> None:
        """What the pipeline does counts only if no call comes in meanwhile."""

    def join_all(self, gone: Sequence[str], into: str, now: datetime, pipeline: Any = None) -> None:
        """Customers turned out to be another one."""


@dataclass(frozen=True)
class Moves:
    """Whose past is whose now. sources: per id that survives those that survived before, where they are not the same;
    over: of those before the ones under which nobody is kept any more.
    """

    sources: Mapping[str, Sequence[str]]
    over: Collection[str]

    @classmethod
    def of(cls, circle: Circle, unity: Unity, gone: Collection[str]) -> Moves:
        """gone: ids of which nothing is left."""
        came = {into: sorted({circle.into[name] for name in members}) for into, members in unity.people.items()}
        sources = {into: names for into, names in came.items() if names != [into]}
        before = {name for names in sources.values() for name in names}
        return cls(sources, before - came.keys() - set(gone))

    @property
    def named(self) -> list[str]:
        """All ids whose pasts are read or written."""
        return sorted({name for into, names in self.sources.items() for name in (into, *names)})


class Pasts:
    """Moves what is left of ids that become one. Who comes apart has all of what was theirs together until a worker has
    told it apart: so does who refused.
    """

    def __init__(self, client: redis.Redis, hot: HotFeatures, queue: FollowingQueue) -> None:
        self._client = client
        self._hot = hot
        self._queue = queue

    def watch(self, pipeline: Any, moves: Moves) -> None:
        """What the pipeline does counts only if nothing new is left of them meanwhile."""
        if moves.sources:
            pipeline.watch(*self._hot.keys("interactions", moves.named))
            self._queue.watch(pipeline)

    def move(self, pipeline: Any, moves: Moves, now: datetime) -> None:
        """Queue up the writes."""
        for into, names in moves.sources.items():
            state = as_one(self._hot.layout, self._hot.read(self._client, names))
            if not np.isnan(state.interactions_at[0]):
                self._hot.write_states(pipeline, [into], state.interactions, state.standing, state.interactions_at)
            if moved := [name for name in names if name in moves.over]:
                self._queue.join_all(moved, into, now, pipeline)
        for name in moves.over:
            self._hot.erase_states(pipeline, name)
