"""Numbers that rest: somebody who was called there asked not to be. A number's owner and the person are two things, so
it rests for whoever has it, also once the one who asked is erased; only its digest is kept.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

import numpy as np
import redis

from features.digest import Digests
from serving.store.keyspace import Keyspace


class RestingSince(Protocol):
    """Says since when numbers rest."""

    def since(self, phones: Sequence[str]) -> np.ndarray: ...


class _NoNumbers:
    def since(self, phones: Sequence[str]) -> np.ndarray:
        return np.full(len(phones), np.nan)


NO_NUMBERS: RestingSince = _NoNumbers()
"""Where it is known that no number rests."""


class Numbers:
    """Reads and writes since when numbers rest."""

    def __init__(self, client: redis.Redis, keyspace: Keyspace, digests: Digests) -> None:
        self._client = client
        self._key = keyspace.numbers
        self.digest = digests.of_number

    def since(self, phones: Sequence[str]) -> np.ndarray:
        """When each was last asked to be left in peace, in microseconds; NaN for those that were not."""
        if not phones:
            return np.full(len(phones), np.nan)
        return np.array(self._client.zmscore(self._key, [self.digest(phone) for phone in phones]), np.float64)

    def resting(self, phones: Sequence[str]) -> dict[str, int]:
        """Of these numbers, the digests of those that rest, and since when."""
        pairs = zip(phones, self.since(phones).tolist(), strict=True)
        return {self.digest(phone): int(at) for phone, at in pairs if at == at}

    def rest(self, digests: dict[str, int], pipeline: Any = None) -> None:
        """Let numbers rest since these times, by their digests; what is earlier than known changes nothing."""
        if digests:
            (pipeline or self._client).zadd(self._key, digests, gt=True)
