"""A cheap HTTP client for load: one kept connection, bodies encoded beforehand, nothing retried."""

from __future__ import annotations

import http.client
import time
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import msgspec

Unanswered = (OSError, http.client.HTTPException)
"""What is raised when no answer came: the service may or may not have done what was asked."""

_IDLE = 2.0
"""Seconds after which a kept connection is not trusted to be open at the other end."""


@dataclass(frozen=True)
class Answer:
    """status: of HTTP. body: decoded JSON, None where it is not JSON."""

    status: int
    body: Any


class Client:
    """One caller with one connection and one key; not for several threads at once."""

    def __init__(self, address: str, key: str, timeout: float = 30.0, under: str = "/v1") -> None:
        self._under = under
        parts = urlsplit(address)
        self._connection = http.client.HTTPConnection(parts.hostname or "127.0.0.1", parts.port, timeout=timeout)
        self._used = 0.0
        self._headers = {"Authorization": f"Bearer {key}", "Content-Type": "application/json"}

    def post(self, path: str, body: bytes, more: dict[str, str] | None = None) -> Answer:
        """The answer to a POST. Raises one of `Unanswered`; the next call connects anew."""
        return self._ask("POST", path, body, more or {})

    def get(self, path: str) -> Answer:
        return self._ask("GET", path, None, {})

    def close(self) -> None:
        self._connection.close()

    def _ask(self, method: str, path: str, body: bytes | None, more: dict[str, str]) -> Answer:
        if time.monotonic() - self._used > _IDLE:
            self._connection.close()
        self._used = time.monotonic()
        try:
            self._connection.request(method, f"{self._under}{path}", body, {**self._headers, **more})
            response = self._connection.getresponse()
            return Answer(response.status, _decoded(response.read()))
        except Unanswered:
            self._connection.close()
            raise


def _decoded(content: bytes) -> Any:
    try:
        return msgspec.json.decode(content)
    except msgspec.DecodeError:
        return None
