"""Signatures of Standard Webhooks: HMAC-SHA256 over `id.timestamp.body`, one for each secret that is in use."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
from collections.abc import Mapping, Sequence
from datetime import datetime

from leads.errors import InvalidInput, Unauthorized

ID, TIMESTAMP, SIGNATURE = "webhook-id", "webhook-timestamp", "webhook-signature"

TOLERANCE = 300
"""Seconds that the sender's clock may differ from ours; an older message may have been recorded and sent again."""

_PREFIX, _VERSION = "whsec_", "v1"
_BYTES = range(24, 65)


def key_of(secret: str) -> bytes:
    """The key of a secret such as `whsec_…`. Raises InvalidInput, which does not show it."""
    try:
        key = base64.b64decode(secret.removeprefix(_PREFIX), validate=True)
    except (binascii.Error, ValueError) as error:
        raise InvalidInput("secret", "(withheld)", f"{_PREFIX} and base64") from error
    if len(key) not in _BYTES:
        raise InvalidInput("secret", "(withheld)", f"{_BYTES.start} to {_BYTES.stop - 1} bytes in base64")
    return key


def secret_of(key: bytes) -> str:
    """A key as it is passed on."""
    return _PREFIX + base64.b64encode(key).decode()


def sign(keys: Sequence[bytes], message_id: str, at: datetime, body: bytes) -> dict[str, str]:
    """The headers of a message. While a key is being replaced, whoever has either can check it."""
    stamp = str(int(at.timestamp()))
    signatures = " ".join(f"{_VERSION},{_signature(key, message_id, stamp, body)}" for key in keys)
    return {ID: message_id, TIMESTAMP: stamp, SIGNATURE: signatures}


def verify(keys: Sequence[bytes], headers: Mapping[str, str], body: bytes, now: datetime) -> str:
    """The id of a message that one of the keys has signed lately. Raises Unauthorized."""
    message_id, stamp, given = (headers.get(name, "") for name in (ID, TIMESTAMP, SIGNATURE))
    if not message_id or not stamp.isdigit() or not given:
        raise Unauthorized(f"send {ID}, {TIMESTAMP} and {SIGNATURE} as Standard Webhooks describes them")
    if abs(now.timestamp() - int(stamp)) > TOLERANCE:
        raise Unauthorized(f"{TIMESTAMP} is more than {TOLERANCE} seconds from now")
    expected = [f"{_VERSION},{_signature(key, message_id, stamp, body)}" for key in keys]
    offered = given.split(" ")[:16]
    matches = [hmac.compare_digest(a.encode(), b.encode()) for a in expected for b in offered]
    if not any(matches):
        raise Unauthorized("the signature is of no secret that is configured")
    return message_id


def _signature(key: bytes, message_id: str, stamp: str, body: bytes) -> str:
    signed = f"{message_id}.{stamp}.".encode() + body
    return base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
