"""API keys: shown once, kept as keyed digests in the home's `keys.json`, each with a scope, limits and an end."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from features.secret import known_secret, secret_of
from leads.errors import InvalidInput, NotFound
from serving.homefile import HomeFile
from serving.http.api_key import DEFAULTS, MASKABLE, SCOPES, ApiKey, KeyLimits, key_of

_SHOWN = 8
"""Characters of a secret by which people tell keys apart."""


@dataclass(frozen=True)
class CreatedKey:
    """A new key with its secret (`key`), which cannot be shown again."""

    id: str
    scope: str
    key: str


def _real_now() -> datetime:
    return datetime.now(UTC)


class KeyFile:
    """The keys of one home. The file is read again whenever it has changed, so no restart is needed.

    real_now: the real time, by which keys expire, whatever the clock of the service says.
    """

    def __init__(self, path: Path, real_now: Callable[[], datetime] = _real_now) -> None:
        self._file = HomeFile(path, list, _keys, "a list of keys as nextlead keys writes it")
        self._folder = path.parent
        self._secret: bytes | None = None
        self._real_now = real_now

    def create(
        self, scope: str, now: datetime, *, limits: KeyLimits | None = None, owner: str = "",
        expires_at: datetime | None = None, masked: bool = False,
    ) -> CreatedKey:  # fmt: skip
        """A new key; without limits it has those of its scope. Raises InvalidInput for a scope there is none of, and
        for one that is to see no number but has to dial it.
        """
        if scope not in SCOPES:
            raise InvalidInput("scope", scope, f"one of {', '.join(SCOPES)}")
        if masked and scope not in MASKABLE:
            raise InvalidInput("masked", masked, f"for a key of scope {' or '.join(MASKABLE)}")
        key = ApiKey(
            "", scope, "", now, None, expires_at, owner, "", DEFAULTS[scope] if limits is None else limits, masked
        )
        with self._file.locked():
            created, key = self._new(key)
            self._write({**self._file.read(), key.id: key})
        return created

    def rotate(self, key_id: str, overlap: timedelta, now: datetime) -> CreatedKey:
        """A new key that may do what another one may, which ends after the overlap. Raises NotFound."""
        with self._file.locked():
            keys = {**self._file.read()}
            before = self._found(keys, key_id)
            ends = now + overlap if before.expires_at is None else min(before.expires_at, now + overlap)
            created, key = self._new(replace(before, created_at=now, revoked_at=None))
            self._write({**keys, key_id: replace(before, expires_at=ends), key.id: key})
        return created

    def list(self) -> tuple[ApiKey, ...]:
        return tuple(self._file.read().values())

    def revoke(self, key_id: str, now: datetime) -> ApiKey:
        """Stop a key; raises NotFound when there is none of that id."""
        with self._file.locked():
            keys = {**self._file.read()}
            before = self._found(keys, key_id)
            keys[key_id] = replace(before, revoked_at=before.revoked_at or now)
            self._write(keys)
        return keys[key_id]

    def find(self, key_id: str) -> ApiKey | None:
        """The valid key of that id, None when there is none."""
        found = self._file.current().get(key_id)
        return found if found is not None and found.opens(self._real_now()) else None

    def check(self, secret: str) -> ApiKey | None:
        """The valid key of a secret, None when there is none. Takes as long whichever key matches."""
        self._secret = self._secret or known_secret(self._folder)
        keyed = "" if self._secret is None else _keyed(self._secret, secret)
        digests = (keyed, hashlib.sha256(secret.encode()).hexdigest())
        found = None
        for key in self._file.current().values():
            if any([hmac.compare_digest(key.digest, digest) for digest in digests]) and key.opens(self._real_now()):
                found = key
        return found

    def _new(self, like: ApiKey) -> tuple[CreatedKey, ApiKey]:
        secret = f"nl_{secrets.token_urlsafe(32)}"
        digest = _keyed(secret_of(self._folder), secret)
        key = replace(like, id=secrets.token_hex(6), digest=digest, prefix=secret[:_SHOWN])
        return CreatedKey(key.id, key.scope, secret), key

    def _found(self, keys: Mapping[str, ApiKey], key_id: str) -> ApiKey:
        if key_id not in keys:
            raise NotFound("key", key_id)
        return keys[key_id]

    def _write(self, keys: Mapping[str, ApiKey]) -> None:
        self._file.write([asdict(key) for key in keys.values()])


def _keyed(home: bytes, secret: str) -> str:
    """Under the home's own secret: who reads the file alone cannot try secrets against it."""
    return hmac.digest(home, f"key:{secret}".encode(), "sha256").hex()


def _keys(document: Any) -> Mapping[str, ApiKey]:
    return {key.id: key for key in map(key_of, document or ())}
