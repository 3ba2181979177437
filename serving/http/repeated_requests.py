"""A request that is sent again gets the answer it got the first time."""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import TypeVar

import redis

from leads.errors import InvalidInput, TooBusy
from serving.store.keyspace import Keyspace
from serving.store.personal import personal

T = TypeVar("T")

KEPT = timedelta(minutes=10)
_PENDING = timedelta(seconds=30)
_WAIT = 5.0


@dataclass(frozen=True)
class Request:
    """What makes two requests the same: who asks (`caller`), their key, and what is asked for (`content`)."""

    caller: str
    key: str
    content: str

    @property
    def name(self) -> str:
        return hashlib.sha256(f"{self.caller}\x00{self.key}".encode()).hexdigest()[:32]

    @property
    def digest(self) -> str:
        return hashlib.sha256(self.content.encode()).hexdigest()[:16]


class Idempotency:
    """Keeps the answers of requests that carry a key."""

    def __init__(self, client: redis.Redis, keyspace: Keyspace) -> None:
        self._client = client
        self._keys = keyspace

    def once(self, request: Request, act: Callable[[], T]) -> T:
        """The answer of `act`, made once however often the request comes within ten minutes.

        Raises InvalidInput when the key was used for another request, TooBusy while the first is being answered.
        """
        name = self._keys.idempotency(request.name)
        deadline = time.monotonic() + _WAIT
        while not self._client.set(name, f"{request.digest} ", nx=True, ex=_PENDING):
            kept = self._client.get(name)
            if kept is None:
                continue
            digest, _, answer = kept.decode().partition(" ")  # type: ignore[union-attr]
            if digest != request.digest:
                raise InvalidInput("Idempotency-Key", request.key[:40], "not used for another request before")
            if answer:
                found: T = json.loads(answer)
                return found
            if time.monotonic() > deadline:
                raise TooBusy("the first request with this Idempotency-Key is still being answered")
            time.sleep(0.01)
        try:
            result = act()
        except BaseException:
            self._client.delete(name)
            raise
        self._client.set(name, personal(f"{request.digest} {json.dumps(result)}"), ex=KEPT)
        return result
