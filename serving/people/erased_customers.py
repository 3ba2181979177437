"""Who was erased: digests of their ids and identities stay, so that neither is taken in again."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import redis

from features.digest import digest_of
from serving.store.keyspace import Keyspace


class ErasedCustomers:
    """What stops whoever was erased from coming back."""

    def __init__(self, client: redis.Redis, keyspace: Keyspace) -> None:
        self._client = client
        self._key = keyspace.erased

    def among(self, names: Sequence[str]) -> list[bool]:
        """Of each customer id or key of an identity, whether it was an erased customer's."""
        if not names:
            return []
        digests = [digest_of(name) for name in names]
        return [bool(found) for found in self._client.smismember(self._key, digests)]  # type: ignore[union-attr]

    def add(self, digests: Sequence[str], pipeline: Any) -> None:
        """Have those of these digests stay out."""
        pipeline.sadd(self._key, *digests)
