"""What every answer says of itself to those who carry it."""

from __future__ import annotations

from collections.abc import MutableMapping
from typing import Any

from starlette.types import ASGIApp, Receive, Scope, Send

_NOSNIFF = (b"x-content-type-options", b"nosniff")
_NO_STORE = (b"cache-control", b"no-store")
_ENCRYPTED = (b"strict-transport-security", b"max-age=31536000")
"""Under TLS: for a year a browser asks this host in no other way."""


class Safe:
    """Answers are what their type says, and personal: nobody keeps them, unless they say so themselves."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def marked(message: MutableMapping[str, Any]) -> None:
            if message["type"] == "http.response.start":
                headers = message["headers"]
                kept = any(name == _NO_STORE[0] for name, _ in headers)
                more = [_NOSNIFF] if kept else [_NOSNIFF, _NO_STORE]
                message["headers"] = [*headers, *more, *([_ENCRYPTED] if scope.get("scheme") == "https" else [])]
            await send(message)

        await self._app(scope, receive, marked)
