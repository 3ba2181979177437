"""What tells of a person, on its way into the store and out of it: where the home is encrypted, it is kept sealed.

Whoever writes such a value says so (`personal`), be it a value, a field, a member or a script's argument; what was
sealed is opened wherever it is read. In an encrypted home nothing else is different.
"""

from __future__ import annotations

from typing import Any

import redis
from redis._parsers import _HiredisParser
from redis.connection import HiredisRespSerializer

from features.sealing import Seal


class Personal(bytes):
    """Bytes that tell of a person."""


def personal(value: str | bytes) -> Personal:
    """A value that tells of a person: who it is, where they are reached, or what was said of them."""
    return Personal(value.encode() if isinstance(value, str) else value)


def sealed(url: str, seal: Seal, **options: Any) -> redis.Redis:
    """A client that seals what is personal, and opens what is sealed."""
    parser = type("SealedParser", (_Opening,), {"seal": seal})
    return redis.Redis.from_url(url, parser_class=parser, command_packer=_Closing(seal), **options)


class _Closing(HiredisRespSerializer):
    def __init__(self, seal: Seal) -> None:
        self._close = seal.close

    def pack(self, *args: Any) -> Any:
        closed: list[Any] = [self._close(bytes(part)) if type(part) is Personal else part for part in args]
        return super().pack(*closed)


class _Opening(_HiredisParser):
    seal: Seal

    def read_response(self, *args: Any, **options: Any) -> Any:
        return self._opened(super().read_response(*args, **options))  # type: ignore[no-untyped-call]

    def _opened(self, answer: Any) -> Any:
        if type(answer) is bytes:
            return self.seal.open(answer)
        return [self._opened(part) for part in answer] if type(answer) is list else answer
