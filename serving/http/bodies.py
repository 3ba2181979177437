"""Bodies of requests: not more than may come, and read as JSON."""

from __future__ import annotations

from collections.abc import Callable, MutableMapping
from typing import TYPE_CHECKING, Any, TypeVar

from starlette.exceptions import HTTPException

from leads.errors import InvalidInput, TooLarge
from serving.http import problems
from serving.jsontext import read_body

SMALL = 256 * 1024
"""Bytes that a request may carry where its route says no other number."""

MANY = 4 * 1024 * 1024
"""Of a route that takes up to a thousand ids, or hundreds of outcomes."""

BATCH = 16 * 1024 * 1024
"""Of a route that takes a batch of events or customers; the service may be set to less."""

_Endpoint = TypeVar("_Endpoint", bound=Callable[..., Any])

if TYPE_CHECKING:
    # What counts is imported once it is said where: see serving.counting.
    from serving.http.metrics import App, Scope


def carries(most: int) -> Callable[[_Endpoint], _Endpoint]:
    """Of a route's function: its requests carry so many bytes at most."""

    def marked(endpoint: _Endpoint) -> _Endpoint:
        vars(endpoint)["carries"] = most
        return endpoint

    return marked


def carried(endpoint: Callable[..., Any]) -> int:
    """How many bytes the requests of a route may carry."""
    return int(vars(endpoint).get("carries", SMALL))


def bounded(scope: Scope, receive: Any, most: int) -> Any:
    """What is received, of which so many bytes may come. Raises TooLarge where more are announced, HTTPException where
    more come.
    """
    announced = next((value for name, value in scope["headers"] if name == b"content-length"), b"")
    if announced.isdigit() and int(announced) > most:
        raise TooLarge(_too_large(most))
    return _counted(receive, most)


class Limited:
    """Refuses bodies of more than `limit` bytes with 413, whether or not their length was announced."""

    def __init__(self, app: App, limit: int) -> None:
        self._app = app
        self._limit = limit

    async def __call__(self, scope: Scope, receive: Any, send: Any) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        try:
            within = bounded(scope, receive, self._limit)
        except TooLarge as error:
            await problems.of(error)(scope, receive, send)
            return
        await self._app(scope, within, send)


def _counted(receive: Any, most: int) -> Any:
    seen = 0

    async def counted() -> MutableMapping[str, Any]:
        nonlocal seen
        message: MutableMapping[str, Any] = await receive()
        seen += len(message.get("body", b""))
        if seen > most:
            raise HTTPException(TooLarge.status, _too_large(most))
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
