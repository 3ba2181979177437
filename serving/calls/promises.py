"""Promised callbacks in the store: an agent's until they are kept, then anyone's."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import redis

from serving.calls.promise import Promise, promise_of
from serving.store.keyspace import Keyspace


def promises_of(kept: Sequence[bytes | None], behind: Callable[[str], str] = str) -> list[Promise | None]:
    """The callbacks that customers were promised, by what the store keeps of it. behind: the details behind an
    alias.
    """
    return [None if packed is None else promise_of(packed, behind) for packed in kept]


class Promises:
    """What customers were promised. Outcomes of calls write it: see `serving/queue/call_outcome`."""

    def __init__(self, client: redis.Redis, keyspace: Keyspace) -> None:
        self._client = client
        self._key = keyspace.promises
        self._behind = keyspace.behind

    def of(self, customer_ids: Sequence[str]) -> list[Promise | None]:
        """The callbacks that customers were promised and that were not kept yet."""
        if not customer_ids:
            return []
        found: list[Any] = self._client.hmget(self._key, list(customer_ids))  # type: ignore[assignment]
        return promises_of(found, self._behind)

    def of_agent(self, agent_id: str) -> list[tuple[str, Promise]]:
        """The customers whom an agent promised a call that was not made yet, and the promises, the next one first."""
        found: Any = self._client.hgetall(self._key)
        promises = [(name.decode(), promise_of(packed, self._behind)) for name, packed in found.items()]
        return sorted((each for each in promises if each[1].agent_id == agent_id), key=lambda each: each[1].due)

    def count(self) -> int:
        """How many were promised a call that was not made yet."""
        return int(self._client.hlen(self._key))  # type: ignore[arg-type]
