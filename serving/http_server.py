"""The server of an HTTP process, and how it leaves its place to another without breaking a conversation."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
from collections.abc import MutableMapping
from types import FrameType

import uvicorn

from serving.readiness import tell

LEAVE = signal.SIGUSR1
"""At which a process lets others answer: they listen on the same socket already."""

_GRACE = 5.0
"""Seconds in which those who keep a connection are told with the next answer that it ends; then idle ones do."""

_CLOSE = (b"connection", b"close")


class Server(uvicorn.Server):
    """environment: where whoever started this process asks to be told that it answers."""

    def __init__(self, config: uvicorn.Config, environment: MutableMapping[str, str] = os.environ) -> None:
        super().__init__(config)
        self._environment = environment
        self._leaving = False

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        signal.signal(LEAVE, self._leave)
        tell(self._environment)

    def _leave(self, *_: int | FrameType | None) -> None:
        self._leaving = self.should_exit = True

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        if self._leaving:
            await self._part()
        await super().shutdown(sockets)

    async def _part(self) -> None:
        """Take no more connections, and end each of those there are with an answer, as far as one is asked for."""
        for server in self.servers:
            server.close()
        state, loop = self.server_state, asyncio.get_running_loop()
        state.default_headers = [*state.default_headers, _CLOSE]
        until = loop.time() + _GRACE
        while state.connections and loop.time() < until and not self.force_exit:
            await asyncio.sleep(0.05)
