"""What a service does by itself once in a declared while, such as to learn, or to look after itself.

It reads the whole record, so it is a process of its own: live events do not wait for it. What it keeps every process of
the service reads as soon as it is there.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from subprocess import Popen

import redis

from serving.children import Errand
from serving.clock import Clock, milliseconds
from serving.store.keyspace import Keyspace


class Recurring:
    """Begins when it is due. To be asked by one worker only.

    name: under which it is noted when it began last, in milliseconds of the service's clock. every: how often, None for
    never. begin: starts a process that does it once. at_once: whether one that never was is due, or a while later.
    """

    def __init__(
        self, client: redis.Redis, keyspace: Keyspace, clock: Clock, name: str, every: timedelta | None,
        begin: Callable[[], Popen[bytes]], at_once: bool = True,
    ) -> None:  # fmt: skip
        self._client = client
        self._keys = keyspace
        self._clock = clock
        self._name = name
        self._every = every
        self._at_once = at_once
        self._errand = Errand(name, begin)

    def step(self) -> bool:
        """Begin when it is time; whether it was."""
        if self.busy or not self._due():
            return False
        self._note()
        self._errand.send()
        return True

    @property
    def busy(self) -> bool:
        """Whether it is being done now."""
        return self._errand.busy

    def stop(self) -> None:
        """Leave unfinished what is not done; what came of it before stays as it was."""
        self._errand.stop()

    def _due(self) -> bool:
        if self._every is None:
            return False
        last = self._client.hget(self._keys.meta, self._name)
        if last is None and not self._at_once:
            self._note()
            return False
        passed = milliseconds(self._clock.now()) - (0 if last is None else int(last))  # type: ignore[arg-type]
        return passed >= self._every.total_seconds() * 1000

    def _note(self) -> None:
        self._client.hset(self._keys.meta, self._name, str(milliseconds(self._clock.now())))
