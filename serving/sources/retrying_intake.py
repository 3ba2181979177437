"""The door with patience: a batch waits until it is accepted, or until the source is told to stop."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import redis

from leads.errors import TooBusy, Unavailable
from serving.clock import Clock
from serving.intake.intake import EventsAnswer, Intake
from serving.sources.refusal import Refusal, discreet

Rest = Callable[[float], bool]
"""Waits so many seconds; True when the source is told to stop."""

Tell = Callable[[str], None]
"""Says one line to whoever runs the source."""

PATIENCE = 60.0
"""Seconds to wait for a hot store that does not answer."""


@dataclass(frozen=True)
class Offered:
    """An event as its source found it. `place` names where; `problem` says why there is no event to be read."""

    place: str
    item: Any = None
    problem: str | None = None


@dataclass(frozen=True)
class Taken:
    """What became of a batch; refusals by the index of the event among those offered."""

    accepted: int
    duplicates: int
    refusals: Mapping[int, Refusal]


class RetryingIntake:
    """Hands batches to `intake.accept`. A batch handed in twice changes nothing: duplicates are known."""

    def __init__(self, clock: Clock, intake: Intake, rest: Rest, tell: Tell, patience: float = PATIENCE) -> None:
        self._clock = clock
        self._intake = intake
        self._rest = rest
        self._tell = tell
        self._patience = patience

    def take(self, offered: Sequence[Offered]) -> Taken | None:
        """What became of the batch; None when the source was told to stop before anything of it was accepted.

        While too many events wait to be applied it tries again for as long as it takes. Raises Unavailable when
        the hot store does not answer for longer than the patience; then it is unknown whether the batch is in.
        Refusals are told.
        """
        readable = [index for index, one in enumerate(offered) if one.problem is None]
        accepted = self._accepted([offered[index].item for index in readable])
        if accepted is None:
            return None
        refusals = {i: Refusal(one.place, None, one.problem) for i, one in enumerate(offered) if one.problem}
        for rejected in accepted.rejected:
            index = readable[rejected.index]
            refusals[index] = Refusal(offered[index].place, rejected.id, discreet(rejected.reason))
        refusals = dict(sorted(refusals.items()))
        for refusal in refusals.values():
            self._tell(str(refusal))
        return Taken(accepted.accepted, accepted.duplicates, refusals)

    def _accepted(self, items: Sequence[Any]) -> EventsAnswer | None:
        if not items:
            return EventsAnswer(0, 0, [], "")
        silent_since: float | None = None
        while True:
            try:
                return self._intake.accept(items, self._clock.now())
            except TooBusy as error:
                silent_since, wait = None, float(error.retry_after)
                self._tell(f"{error.detail}, which only a running service does; trying again in {wait:g} s")
            except redis.RedisError as error:
                silent_since, wait = silent_since or time.monotonic(), 1.0
                if time.monotonic() - silent_since >= self._patience:
                    raise Unavailable(f"the hot store does not answer ({type(error).__name__})") from error
                self._tell("the hot store does not answer; trying again")
            if self._rest(wait):
                return None
