"""Sign-ins that were begun and not ended: in the hot store, so that any process may end them, once and soon."""

from __future__ import annotations

import secrets
from datetime import timedelta
from typing import Any

import msgspec
import redis

from features.digest import Digests
from serving.signin.begun import Begun
from serving.store.keyspace import Keyspace

_SOON = timedelta(minutes=10)


class Pending:
    """By their state, of which a digest is kept."""

    def __init__(self, client: redis.Redis, keyspace: Keyspace, digests: Digests) -> None:
        self._client = client
        self._keys = keyspace
        self._digests = digests

    def state(self) -> str:
        """One that nobody can guess."""
        return secrets.token_urlsafe(32)

    def keep(self, state: str, begun: Begun) -> None:
        """Remember a sign-in for a while."""
        self._client.set(self._name(state), msgspec.msgpack.encode(begun), ex=_SOON)

    def take(self, state: str) -> Begun | None:
        """The sign-in of a state, which is over with that; None for one that there is not."""
        found: Any = self._client.getdel(self._name(state))
        return None if found is None else msgspec.msgpack.decode(found, type=Begun)

    def _name(self, state: str) -> str:
        return self._keys.sign_in(self._digests.of(state))
