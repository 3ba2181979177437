"""Dead letters: what could not be taken or delivered, kept with the reason until somebody retries or drops it."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import msgspec
import redis

from features.traces import Traces
from leads.errors import NotFound
from serving.clock import written
from serving.store.keyspace import Keyspace
from serving.store.personal import personal

MOST = 100_000
"""Letters that are kept per dialer or endpoint; the oldest go first."""

LEAD = "lead"
"""The kind of letters on leads that a dialer did not take, or was silent about; there is nothing to be taken."""


@dataclass(frozen=True)
class DeadLetter:
    """kind: what it was to be, such as `dispo`. customer_id: whom it is about, None where that is not known.
    content: as it came, without secrets.
    """

    id: str
    at: str
    kind: str
    reason: str
    customer_id: str | None
    content: Mapping[str, Any]


class DeadLetters:
    """The letters of one dialer or endpoint, in the hot store."""

    def __init__(self, client: redis.Redis, keyspace: Keyspace, name: str) -> None:
        self._client = client
        self._key = keyspace.letters(name)
        self._register, self._name = _register(keyspace), name

    def put(
        self, kind: str, reason: str, customer_id: str | None, content: Mapping[str, Any], now: datetime,
        pipeline: Any = None,
    ) -> None:  # fmt: skip
        """Keep one."""
        letter = {"at": written(now), "kind": kind, "reason": reason, "customer_id": customer_id, "content": content}
        (pipeline or self._client).sadd(self._register, self._name)
        (pipeline or self._client).xadd(self._key, {"letter": personal(_encode(letter))}, maxlen=MOST)

    def count(self) -> int:
        return int(self._client.xlen(self._key))  # type: ignore[arg-type]

    def list(self, most: int = 1000) -> Sequence[DeadLetter]:
        """The oldest letters first."""
        found: Any = self._client.xrange(self._key, count=most)
        return [_letter(position, fields) for position, fields in found]

    def read(self, letter_id: str) -> DeadLetter:
        """Raises NotFound."""
        found: Any = None
        if _is_position(letter_id):
            found = self._client.xrange(self._key, min=letter_id, max=letter_id, count=1)
        if not found:
            raise NotFound("dead letter", letter_id)
        return _letter(*found[0])

    def chosen(self, which: str) -> Sequence[DeadLetter]:
        """The letter of this id, or `all` of them. Raises NotFound."""
        return self.list() if which == "all" else [self.read(which)]

    def drop(self, letter_id: str, pipeline: Any = None) -> None:
        """Forget one; one that is gone already stays so."""
        (pipeline or self._client).xdel(self._key, letter_id)


def forget_letters(client: redis.Redis, keyspace: Keyspace, customer_ids: Collection[str], traces: Traces) -> int:
    """Drop every letter that tells of these customers, whoever it was kept for; how many there were."""
    found = 0
    names: Any = client.smembers(_register(keyspace))
    for name in names:
        key = keyspace.letters(name.decode())
        letters: Any = client.xrange(key)
        theirs = [
            position
            for position, fields in letters
            if _letter(position, fields).customer_id in customer_ids or traces.within(fields[b"letter"].decode())
        ]
        found += int(client.xdel(key, *theirs)) if theirs else 0  # type: ignore[arg-type]
    return found


def _register(keyspace: Keyspace) -> str:
    """The names of all that letters were ever kept for: to find them takes no look at every key of the store."""
    return keyspace.lettered


def _letter(position: bytes, fields: Mapping[bytes, bytes]) -> DeadLetter:
    return DeadLetter(id=position.decode(), **_decode(fields[b"letter"]))


def _is_position(text: str) -> bool:
    return all(part.isdigit() for part in text.split("-")) and text.count("-") == 1


_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder(dict[str, Any]).decode
