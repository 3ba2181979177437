"""Bodies of requests: not more than may come, and read as JSON."""

from __future__ import annotations

from collections.abc import MutableMapping
from typing import Any

from starlette.exceptions import HTTPException

from leads.errors import InvalidInput, TooLarge
from serving.http import problems
from serving.http.metrics import App, Scope
from serving.jsontext import read_body


class Limited:
    """Refuses bodies of more than `limit` bytes with 413, whether or not their length was announced."""

    def __init__(self, app: App, limit: int) -> None:
        self._app = app
        self._limit = limit

    async def __call__(self, scope: Scope, receive: Any, send: Any) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        announced = dict(scope["headers"]).get(b"content-length", b"0")
        if announced.isdigit() and int(announced) > self._limit:
            await self._refuse(scope, receive, send)
            return
        await self._app(scope, self._counted(receive), send)

    async def _refuse(self, scope: Scope, receive: Any, send: Any) -> None:
        await problems.of(TooLarge(_too_large(self._limit)))(scope, receive, send)

    def _counted(self, receive: Any) -> Any:
        seen = 0

        async def counted() -> MutableMapping[str, Any]:
            nonlocal seen
            message: MutableMapping[str, Any] = await receive()
            seen += len(message.get("body", b""))
            if seen > self._limit:
                raise HTTPException(TooLarge.status, _too_large(self._limit))
            return message

        return counted


def _too_large(limit: int) -> str:
    return f"a body may have {limit} bytes"


def read_list(body: bytes, most: int) -> list[Any]:
    """A JSON array of 1 to `most` items. Raises InvalidInput for anything else."""
    document = read_body(body)
    if not isinstance(document, list):
        raise InvalidInput("body", type(document).__name__, "a JSON array")
    if not 1 <= len(document) <= most:
        raise InvalidInput("body", f"{len(document)} items", f"1 to {most} items")
    return document
