"""Connections as the service holds them: what is only half sent takes no more than its share, and not for long."""

from __future__ import annotations

import asyncio
from itertools import takewhile
from typing import Any, Final
from weakref import WeakKeyDictionary

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

HEAD_BYTES: Final = 64 * 1024
"""Of a request's line and headers."""

HEAD_SECONDS: Final = 10.0
"""From a connection, or from a request's first byte, to the end of its headers."""

BODY_SECONDS: Final = 60.0
"""From the end of the headers to the end of the body."""

HALF_OPEN: Final = 256
"""Connections of a process whose headers are not there yet: of more, the oldest are closed."""

IDLE: Final = 2048
"""Connections of a process on which nothing is asked: of more, those that have been idle longest are closed."""

_LOOK = 1.0
"""Seconds between looks at what is late."""

_REFUSED = (
    b"HTTP/1.1 431 Request Header Fields Too Large\r\ncontent-type: application/problem+json\r\n"
    b"content-length: %d\r\nconnection: close\r\n\r\n%s"
)
_PROBLEM = (
    b'{"type":"urn:nextlead:problem:too-large","title":"Too large","status":431,'
    b'"detail":"the line and headers of a request may have %d bytes","errors":[]}' % HEAD_BYTES
)


class Bounded(HttpToolsProtocol):
    """A connection that ends when its request does not come. Idle ones end by uvicorn's clock, or are too many."""

    def connection_made(self, transport: Any) -> None:
        super().connection_made(transport)
        self._unfinished = _unfinished_of(self.server_state, self.loop)
        self._begin()

    def connection_lost(self, exc: Exception | None) -> None:
        self._unfinished.end(self)
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        if self in self._unfinished.heads:
            self._head += len(data)
            if self._head > HEAD_BYTES and not self.transport.is_closing():
                self.transport.write(_REFUSED % (len(_PROBLEM), _PROBLEM))
                self.transport.close()

    def on_message_begin(self) -> None:
        super().on_message_begin()
        if self not in self._unfinished.heads:
            self._begin()

    def on_headers_complete(self) -> None:
        self._unfinished.await_body(self)
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        self._unfinished.end(self)
        super().on_message_complete()

    def on_response_complete(self) -> None:
        super().on_response_complete()
        if not self.pipeline and not self.transport.is_closing():
            self._unfinished.rest(self)

    def _begin(self) -> None:
        self._head = 0
        self._unfinished.await_head(self)


class Unfinished:
    """The connections of a server that wait for the rest of a request, with the moment at which they end, and those on
    which nothing is asked; those who began first come first.
    """

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self.heads: dict[Bounded, float] = {}
        self.bodies: dict[Bounded, float] = {}
        self.idle: dict[Bounded, None] = {}
        self._loop = loop
        self._looking = False

    def rest(self, one: Bounded) -> None:
        """Nothing is asked on it for now."""
        self.idle[one] = None
        if len(self.idle) > IDLE:
            self._close(next(iter(self.idle)))

    def await_head(self, one: Bounded) -> None:
        self.idle.pop(one, None)
        self.heads[one] = self._loop.time() + HEAD_SECONDS
        if len(self.heads) > HALF_OPEN:
            self._close(next(iter(self.heads)))
        if not self._looking:
            self._look()

    def await_body(self, one: Bounded) -> None:
        self.heads.pop(one, None)
        self.bodies[one] = self._loop.time() + BODY_SECONDS

    def end(self, one: Bounded) -> None:
        self.heads.pop(one, None)
        self.bodies.pop(one, None)
        self.idle.pop(one, None)

    def _close(self, one: Bounded) -> None:
        self.end(one)
        one.transport.close()

    def _look(self) -> None:
        """Close whoever is late, and look again while anybody is unfinished."""
        now = self._loop.time()
        for waiting in (self.heads, self.bodies):
            for one, _ in list(takewhile(lambda pair: pair[1] <= now, waiting.items())):
                self._close(one)
        self._looking = bool(self.heads or self.bodies)
        if self._looking:
            self._loop.call_later(_LOOK, self._look)


_servers: WeakKeyDictionary[Any, Unfinished] = WeakKeyDictionary()


def _unfinished_of(server: Any, loop: asyncio.AbstractEventLoop) -> Unfinished:
    """Of the server whose state this is."""
    if server not in _servers:
        _servers[server] = Unfinished(loop)
    return _servers[server]


def bound_connections(protocols: dict[str, Any]) -> None:
    """Have a server that chooses its protocol for HTTP by itself take this one. protocols: uvicorn's, by name."""
    protocols["auto"] = f"{Bounded.__module__}:{Bounded.__name__}"
