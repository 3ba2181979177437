"""Which worker does what: partitions and the recorder's role are shared among the workers that are there."""

from __future__ import annotations

import time
from collections.abc import Sequence
from uuid import uuid4

import redis

from serving.store.keyspace import Keyspace
from serving.store.scripts import Scripts

RECORDER = "recorder"
"""The role of moving the streams into the lake: one worker's at a time."""

PATIENCE = 3000
"""Milliseconds after its last sign when a worker is given up, and others take over."""


class Membership:
    """One worker among the others. Roles move when workers come, leave or die."""

    def __init__(self, client: redis.Redis, keyspace: Keyspace, partitions: int) -> None:
        self._client = client
        self._keys = keyspace
        self._scripts = Scripts(client, keyspace)
        self._roles = [RECORDER, *(str(partition) for partition in range(partitions))]
        self.name = uuid4().hex
        self.partitions: tuple[int, ...] = ()
        self.records = False

    def renew(self) -> None:
        """Say that this worker is there, and see what is its part now. To be called several times in `PATIENCE`."""
        held = [_text(role) for role in self._scripts.run("own", self.name, PATIENCE, *self._roles)]
        self.records = RECORDER in held
        self.partitions = _numbers(held)

    def beat(self) -> None:
        """Say that a worker of this service is there, for whoever watches it."""
        self._client.hset(self._keys.meta, "heartbeat", str(int(time.time() * 1000)))

    def is_last(self) -> bool:
        """Whether no worker is there."""
        return not present(self._client, self._keys)

    def leave(self) -> None:
        """Give up every role at once."""
        self._scripts.run("leave", self.name, *self._roles)
        self.records, self.partitions = False, ()


def present(client: redis.Redis, keyspace: Keyspace) -> int:
    """How many workers are there."""
    return int(client.zcount(keyspace.workers, time.time() * 1000, "+inf"))  # type: ignore[arg-type]


def _numbers(roles: Sequence[str]) -> tuple[int, ...]:
    return tuple(int(role) for role in roles if role != RECORDER)


def _text(value: bytes | str) -> str:
    return value.decode() if isinstance(value, bytes) else value
