"""Work under way: how much of what one caller asks for is worked on at once, so that the others get their share."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import Enum
from typing import Any, TypeVar

from fastapi import Request

from leads.errors import TooBusy

MOST = 1000
"""Requests of one caller that may stand in one line; more are told to come again."""

SMALL_ASK = 2048
"""Bytes up to which a question about many customers is about few."""

_Endpoint = TypeVar("_Endpoint", bound=Callable[..., Any])


class Line(Enum):
    """What is asked for, and how much of it is under way at once. HEAVY: what keeps a core busy for long. WAITING: what
    waits until what was told counts, and works no more than others.
    """

    HEAVY = 1
    LIGHT = 4
    WAITING = 16


def heavy(above: int = -1) -> Callable[[_Endpoint], _Endpoint]:
    """Of a route's function: its requests are heavy, or those that carry more bytes than this."""

    def marked(endpoint: _Endpoint) -> _Endpoint:
        vars(endpoint)["heavy_above"] = above
        return endpoint

    return marked


def line_of(request: Request, endpoint: Callable[..., Any]) -> Line:
    """In which line a request to a route's function stands."""
    above = vars(endpoint).get("heavy_above")
    if above is None:
        waits = request.scope["query_string"] and "wait" in request.query_params
        return Line.WAITING if waits else Line.LIGHT
    announced = request.headers.get("content-length", "" if above >= 0 else "0")
    return Line.LIGHT if announced.isdecimal() and int(announced) <= above else Line.HEAVY


@dataclass
class _Standing:
    """most: turns that there are. under_way: those that somebody has. waiting: who stands for one."""

    most: int
    under_way: int = 0
    waiting: deque[asyncio.Future[None]] = field(default_factory=deque)


class Turns:
    """Of one process, by caller and line: so many have a turn, the others get theirs in the order they came in. Nobody
    waits for what another has under way.
    """

    def __init__(self, most: int = MOST) -> None:
        self._most = most
        self._lines: dict[tuple[str, Line], _Standing] = {}

    async def take(self, name: str, line: Line) -> None:
        """Wait for a turn. Raises TooBusy where too many do."""
        standing = self._lines.get((name, line))
        if standing is None:
            standing = self._lines[name, line] = _Standing(line.value)
        if standing.under_way < standing.most:
            standing.under_way += 1
            return
        if len(standing.waiting) >= self._most:
            raise TooBusy(f"{self._most} requests with one key, or of one person, may stand in line")
        turn = asyncio.get_running_loop().create_future()
        standing.waiting.append(turn)
        try:
            await turn
        except asyncio.CancelledError:
            if turn.done() and not turn.cancelled():
                self.give(name, line)
            raise

    def give(self, name: str, line: Line) -> None:
        """Give a turn back: to whoever stands for it longest and has not gone away."""
        standing = self._lines[name, line]
        while standing.waiting:
            turn = standing.waiting.popleft()
            if not turn.done():
                turn.set_result(None)
                return
        standing.under_way -= 1
        if not standing.under_way:
            del self._lines[name, line]
