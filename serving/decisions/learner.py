"""Learning by itself: once in the declared while, what came of actions becomes the evidence that decisions use.

It reads the whole record, so it is a process of its own: live events do not wait for it. Every process of the service
reads new evidence as soon as it is kept.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from subprocess import Popen

import redis

from serving.children import Errand
from serving.clock import Clock, milliseconds
from serving.store.keyspace import Keyspace

_LEARNED = "learned"
"""When learning last began, in milliseconds of the service's clock."""


class Learner:
    """Starts learning when it is due. To be asked by one worker only.

    every: how often, None for never. begin: starts a process that learns once.
    """

    def __init__(
        self, client: redis.Redis, keyspace: Keyspace, clock: Clock, every: timedelta | None,
        begin: Callable[[], Popen[bytes]],
    ) -> None:  # fmt: skip
        self._client = client
        self._keys = keyspace
        self._clock = clock
        self._every = every
        self._errand = Errand("learner", begin)

    def step(self) -> bool:
        """Begin to learn when it is time; whether it was."""
        if self.busy or not self._due():
            return False
        self._client.hset(self._keys.meta, _LEARNED, str(milliseconds(self._clock.now())))
        self._errand.send()
        return True

    @property
    def busy(self) -> bool:
        """Whether it learns now."""
        return self._errand.busy

    def stop(self) -> None:
        """Leave unfinished what is not done; the evidence stays as it was."""
        self._errand.stop()

    def _due(self) -> bool:
        if self._every is None:
            return False
        last = self._client.hget(self._keys.meta, _LEARNED)
        passed = milliseconds(self._clock.now()) - (0 if last is None else int(last))  # type: ignore[arg-type]
        return passed >= self._every.total_seconds() * 1000
