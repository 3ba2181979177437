"""Who was erased: digests of their ids stay, so that they are not taken in again, and of their identities for as long
as a number is kept from its next owner.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from datetime import timedelta
from typing import Any

import redis

from features.digest import Digests
from serving.clock import Clock, microseconds
from serving.store.keyspace import Keyspace


class ErasedCustomers:
    """What stops whoever was erased from coming back. holds: how long an identity of theirs is nobody's."""

    def __init__(
        self, client: redis.Redis, keyspace: Keyspace, digests: Digests, clock: Clock, holds: timedelta
    ) -> None:
        self._client = client
        self._keys = keyspace
        self._digests = digests
        self._clock = clock
        self.holds = holds

    def digest(self, name: str) -> str:
        """What stays of a customer id or the key of an identity."""
        return self._digests.of(name)

    def among(self, names: Sequence[str]) -> list[bool]:
        """Of each customer id or key of an identity, whether it was an erased customer's and is held still."""
        if not names:
            return []
        found: Any = self._client.zmscore(self._keys.tombstones, [self._digests.of(name) for name in names])
        now = microseconds(self._clock.now())
        return [until is not None and until > now for until in found]

    def add(self, ids: Iterable[str], identities: Iterable[str], at: int, pipeline: Any) -> None:
        """Have those of these digests stay out who were erased at a time (us); digests of an earlier version do not say
        which they are, and are told as of ids.
        """
        until = dict.fromkeys(identities, float(at + self.holds // timedelta(microseconds=1)))
        until |= dict.fromkeys(map(self._digests.lifted, ids), math.inf)
        if until:
            pipeline.zadd(self._keys.tombstones, until, gt=True)

    def nobody(self, name: str) -> str:
        """A customer id in place of an erased identity or id: what is told of it goes nowhere."""
        made = self._digests.of(name)
        self.add([self._digests.of(made)], (), 0, self._client)
        return made

    def lift(self) -> None:
        """Bring what an earlier version kept under digests that anybody can try to those under the home's secret."""
        before: Any = self._client.smembers(self._keys.erased)
        self.add([name.decode() for name in before], (), 0, self._client)
        self._client.delete(self._keys.erased)
        numbers: Any = self._client.zrange(self._keys.numbers, 0, -1, withscores=True)
        for name, since in numbers:
            lifted = self._digests.lifted(name.decode())
            if lifted != name.decode():
                self._client.zadd(self._keys.numbers, {lifted: since}, gt=True)
                self._client.zrem(self._keys.numbers, name)
