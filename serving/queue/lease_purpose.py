"""What a lease was granted for: the decision behind it, so that its outcome finds its way back."""

from __future__ import annotations

from dataclasses import dataclass

import msgspec
import redis

from serving.store.keyspace import Keyspace


@dataclass(frozen=True)
class LeasePurpose:
    """The decision that a lease carries out. phone: the number that was handed out."""

    decision_id: str
    action: str
    scene: str
    product: str | None
    phone: str | None = None


_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder(LeasePurpose).decode


def written(commitment: LeasePurpose) -> bytes:
    """As the store keeps it for as long as leases last."""
    return _encode(commitment)


def find(client: redis.Redis, keyspace: Keyspace, lease_id: str) -> LeasePurpose | None:
    """The decision behind a lease, None where it is not known any more."""
    text = client.get(_key(keyspace, lease_id))
    return None if text is None else _decode(text)  # type: ignore[arg-type]


def _key(keyspace: Keyspace, lease_id: str) -> str:
    return keyspace.lease_purpose(lease_id)
