"""Of one caller so much is worked on at once, and nobody else waits for it."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any

import pytest
from fastapi import Request

from leads.errors import TooBusy
from serving.http.under_way import Line, Turns, heavy, line_of

Work = Coroutine[Any, Any, None]


class Workshop:
    """Work under way. begun: what was begun, in order; it ends when it may."""

    def __init__(self, turns: Turns) -> None:
        self.turns = turns
        self.begun: list[str] = []
        self.may_end = asyncio.Event()

    async def work(self, what: str, name: str = "one", line: Line = Line.HEAVY) -> None:
        await self.turns.take(name, line)
        try:
            self.begun.append(what)
            await self.may_end.wait()
        finally:
            self.turns.give(name, line)

    async def all_of(self, *work: Work) -> list[asyncio.Task[None]]:
        """Begun, as far as they may."""
        tasks = [asyncio.create_task(one) for one in work]
        for _ in range(5):
            await asyncio.sleep(0)
        return tasks


def test_so_much_is_worked_on_at_once_and_the_rest_in_the_order_it_came_in() -> None:
    async def day() -> None:
        shop = Workshop(Turns())
        tasks = await shop.all_of(*(shop.work(str(n), line=Line.LIGHT) for n in range(7)))
        assert shop.begun == ["0", "1", "2", "3"]
        shop.may_end.set()
        await asyncio.gather(*tasks)
        assert shop.begun == ["0", "1", "2", "3", "4", "5", "6"]

    asyncio.run(day())


def test_nobody_waits_for_what_another_has_under_way_nor_for_another_line() -> None:
    async def day() -> None:
        shop = Workshop(Turns())
        tasks = await shop.all_of(
            shop.work("heavy"),
            shop.work("heavy too"),
            shop.work("another's", "other"),
            shop.work("light", line=Line.LIGHT),
        )
        assert shop.begun == ["heavy", "another's", "light"]
        shop.may_end.set()
        await asyncio.gather(*tasks)

    asyncio.run(day())


def test_who_goes_away_leaves_their_place_to_the_next() -> None:
    async def day() -> None:
        shop = Workshop(Turns())
        first, second, third = await shop.all_of(*(shop.work(str(n)) for n in range(3)))
        second.cancel()
        first.cancel()
        await shop.all_of()
        assert shop.begun == ["0", "2"]
        shop.may_end.set()
        await third

    asyncio.run(day())


def test_who_goes_away_as_their_turn_comes_hands_it_on() -> None:
    async def day() -> None:
        shop = Workshop(Turns())
        first, second, third = await shop.all_of(*(shop.work(str(n)) for n in range(3)))
        shop.turns.give("one", Line.HEAVY)
        second.cancel()
        await shop.all_of()
        assert shop.begun == ["0", "2"]
        first.cancel()
        third.cancel()

    asyncio.run(day())


def test_whose_line_is_too_long_is_told_to_come_again() -> None:
    async def day() -> None:
        shop = Workshop(Turns(most=1))
        tasks = await shop.all_of(shop.work("0"), shop.work("1"))
        with pytest.raises(TooBusy, match="1 requests"):
            await shop.work("2")
        tasks += await shop.all_of(shop.work("another's", "other"))
        assert shop.begun == ["0", "another's"]
        shop.may_end.set()
        await asyncio.gather(*tasks)

    asyncio.run(day())


def always() -> None: ...


def sometimes() -> None: ...


def never() -> None: ...


heavy()(always)
heavy(above=100)(sometimes)


@pytest.mark.parametrize(
    ("endpoint", "length", "query", "line"),
    [
        (always, None, b"", Line.HEAVY), (always, b"5", b"", Line.HEAVY), (sometimes, b"100", b"", Line.LIGHT),
        (sometimes, b"101", b"", Line.HEAVY), (sometimes, None, b"", Line.HEAVY), (sometimes, b"-1", b"", Line.HEAVY),
        (never, b"1000", b"", Line.LIGHT), (never, None, b"wait=scored", Line.WAITING),
        (never, None, b"who=wait=", Line.LIGHT), (always, None, b"wait=scored", Line.HEAVY),
        (always, None, b"who=wait=", Line.HEAVY), (sometimes, b"101", b"wait=1", Line.HEAVY),
    ],
)  # fmt: skip
def test_what_keeps_a_core_busy_stands_in_a_line_of_its_own(
    endpoint: Any, length: bytes | None, query: bytes, line: Line
) -> None:
    """Where a body's length is not announced it may be long."""
    headers = [] if length is None else [(b"content-length", length)]
    assert line_of(Request({"type": "http", "headers": headers, "query_string": query}), endpoint) is line
