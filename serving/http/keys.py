"""API keys: shown once, kept as digests in the home's `keys.json`, each with a scope."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any

from leads.errors import InvalidInput, NotFound
from serving.homefile import HomeFile

SCOPES = ("dialer", "crm", "admin", "metrics")
"""dialer: queues, leases, events. crm: customers, score, next-action, events, decisions. admin: all. metrics: /metrics
alone, for whoever scrapes it.
"""


@dataclass(frozen=True)
class ApiKey:
    """A key as it is kept: `digest` is its SHA-256, `revoked_at` when it stopped, None while valid."""

    id: str
    scope: str
    digest: str
    created_at: datetime
    revoked_at: datetime | None = None


@dataclass(frozen=True)
class CreatedKey:
    """A new key with its secret (`key`), which cannot be shown again."""

    id: str
    scope: str
    key: str


class KeyFile:
    """The keys of one home. The file is read again whenever it has changed, so no restart is needed."""

    def __init__(self, path: Path) -> None:
        self._file = HomeFile(path, _keys, "a list of keys as nextlead keys writes it")

    def create(self, scope: str, now: datetime) -> CreatedKey:
        """A new key. Raises InvalidInput for a scope there is none of."""
        if scope not in SCOPES:
            raise InvalidInput("scope", scope, f"one of {', '.join(SCOPES)}")
        secret = f"nl_{secrets.token_urlsafe(32)}"
        key = ApiKey(secrets.token_hex(6), scope, _digest(secret), now)
        with self._file.locked():
            self._file.write([asdict(one) for one in (*self._file.read(), key)])
        return CreatedKey(key.id, scope, secret)

    def list(self) -> tuple[ApiKey, ...]:
        return self._file.read()

    def revoke(self, key_id: str, now: datetime) -> ApiKey:
        """Stop a key; raises NotFound when there is none of that id."""
        with self._file.locked():
            keys = {key.id: key for key in self._file.read()}
            if key_id not in keys:
                raise NotFound("key", key_id)
            keys[key_id] = replace(keys[key_id], revoked_at=keys[key_id].revoked_at or now)
            self._file.write([asdict(key) for key in keys.values()])
        return keys[key_id]

    def check(self, secret: str) -> ApiKey | None:
        """The valid key of a secret, None when there is none. Takes as long whichever key matches."""
        digest = _digest(secret)
        found = None
        for key in self._file.current():
            if hmac.compare_digest(key.digest, digest) and key.revoked_at is None:
                found = key
        return found


def _keys(document: Any) -> tuple[ApiKey, ...]:
    return tuple(_read(item) for item in document or ())


def _read(item: dict[str, str | None]) -> ApiKey:
    revoked = item["revoked_at"]
    return ApiKey(
        id=str(item["id"]),
        scope=str(item["scope"]),
        digest=str(item["digest"]),
        created_at=datetime.fromisoformat(str(item["created_at"])),
        revoked_at=None if revoked is None else datetime.fromisoformat(revoked),
    )


def _digest(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()
