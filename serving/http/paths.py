"""Paths as they were sent: what is percent-encoded inside an id separates nothing."""

from __future__ import annotations

from urllib.parse import quote, unquote

from starlette.types import ASGIApp, Receive, Scope, Send

from leads.errors import InvalidInput
from serving.http import problems

_PLAIN = "!$&'()*+,;=:@-._~"
"""What may stand in a path as it is, beside letters and digits."""


class Paths:
    """Routes by the path as it was sent, in one spelling. A path that is no UTF-8 is answered with 422."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        raw: bytes = scope.get("raw_path") or b""
        if scope["type"] == "http" and b"%" in raw:
            try:
                scope = {**scope, "path": spelled(raw)}
            except UnicodeDecodeError:
                refusal = problems.of(InvalidInput("path", None, "percent-encoded UTF-8"))
                await refusal(scope, receive, send)
                return
        await self._app(scope, receive, send)


def spelled(raw: bytes) -> str:
    """The path with every part percent-encoded the same way. Raises UnicodeDecodeError.

    >>> spelled(b"/v1/%63ustomers/a%2fb%20c/timeline")
    '/v1/customers/a%2Fb%20c/timeline'
    """
    parts = raw.decode().split("/")
    return "/".join(quote(unquote(part, errors="strict"), safe=_PLAIN) for part in parts)
