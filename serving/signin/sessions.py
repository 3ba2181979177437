"""Sessions in the hot store: each under a digest of its token, which the browser alone has."""

from __future__ import annotations

import math
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import msgspec
import redis

from features.digest import Digests
from serving.signin.session import Session, SessionTimes, SignedIn
from serving.store.keyspace import Keyspace


@dataclass(frozen=True)
class Opened:
    """A session that has just begun, with its token, which is kept nowhere."""

    token: str
    session: Session


class Sessions:
    """Of one home. real_now: the real time in seconds since 1970, by which they end, whatever the clock is."""

    def __init__(
        self, client: redis.Redis, keyspace: Keyspace, digests: Digests, times: SessionTimes,
        real_now: Callable[[], float],
    ) -> None:  # fmt: skip
        self._client = client
        self._keys = keyspace
        self._digests = digests
        self._idle = int(times.idle.total_seconds())
        self._longest = int(times.longest.total_seconds())
        self._real_now = real_now

    def open(self, who: SignedIn, instead_of: str | None = None) -> Opened:
        """Begin a session, under a token that never was. instead_of: the token that the browser had before, which opens
        nothing any more.
        """
        now = self._real_now()
        session = Session(who, secrets.token_urlsafe(32), now, now + self._longest)
        token = secrets.token_urlsafe(32)
        digest = self._digests.of(token)
        with self._client.pipeline() as pipeline:
            if instead_of:
                pipeline.delete(self._keys.session(self._digests.of(instead_of)))
            pipeline.set(self._keys.session(digest), _encode(session), ex=min(self._idle, self._longest))
            pipeline.sadd(self._keys.sessions(who.person), digest)
            pipeline.expire(self._keys.sessions(who.person), self._longest)
            pipeline.execute()
        return Opened(token, session)

    def find(self, token: str) -> Session | None:
        """The session of a token, which goes on from now on; None for one that is over, or never was."""
        key = self._keys.session(self._digests.of(token))
        found: Any = self._client.getex(key, ex=self._idle)
        if found is None:
            return None
        session = _decode(found)
        left = session.ends - self._real_now()
        if left <= 0:
            self._client.delete(key)
            return None
        if left < self._idle:
            self._client.expire(key, math.ceil(left))
        return session

    def close(self, token: str) -> None:
        """It is over; nothing happens where it is already."""
        self._client.delete(self._keys.session(self._digests.of(token)))

    def close_all(self, person: str) -> int:
        """End every session of a person; how many there were."""
        name = self._keys.sessions(person)
        members: Any = self._client.smembers(name)
        keys = [self._keys.session(digest.decode()) for digest in members]
        ended: Any = self._client.delete(*keys) if keys else 0
        self._client.delete(name)
        return int(ended)


_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(Session).decode
