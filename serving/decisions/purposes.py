"""What the contacts of decisions are for, which is kept longer than the decisions themselves."""

from __future__ import annotations

import json
from collections.abc import Sequence

import msgspec
import redis

from serving.store.keyspace import Keyspace


class Purpose(msgspec.Struct, frozen=True):
    """What a decision's contact is for, in which scene and about what; of whom it was, and when."""

    id: str
    customer_id: str
    at: str
    kind: str
    action: str
    scene: str
    product: str | None

    def written(self) -> bytes:
        return msgspec.json.encode(self)


class Purposes:
    """Reads what the ledger keeps of them."""

    def __init__(self, client: redis.Redis, keyspace: Keyspace) -> None:
        self._client = client
        self._keys = keyspace

    def of(self, decision_ids: Sequence[str]) -> list[Purpose]:
        """Of these decisions what their contacts are for, as far as that is kept."""
        if not decision_ids:
            return []
        with self._client.pipeline(transaction=False) as pipeline:
            pipeline.mget([self._keys.purpose(name) for name in decision_ids])
            pipeline.mget([self._keys.decision(name) for name in decision_ids])
            purposes, rows = pipeline.execute()
        found = [
            _read(purpose) if purpose is not None else _purpose_in(row)
            for purpose, row in zip(purposes, rows, strict=True)
        ]
        return [purpose for purpose in found if purpose is not None]


def _purpose_in(row: bytes | None) -> Purpose | None:
    """Of a decision that an earlier version kept as its whole document."""
    if row is None or row[:1] != b"{":
        return None
    told = json.loads(row)
    if not told["chosen"]:
        return None
    first = told["chosen"][0]
    fixed = {name: told[name] for name in ("id", "customer_id", "at", "kind")}
    return Purpose(**fixed, action=first["action"], scene=first["scene"], product=first["product"])


_read = msgspec.json.Decoder(Purpose).decode
