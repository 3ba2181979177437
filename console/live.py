"""What changes by itself: a stream of what a page shows, sent when it is another than before."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable

from fastapi import Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import StreamingResponse

from console.pages import STRICT

_LASTS = 9.0
"""Seconds after which a stream ends and the browser asks for the next, so that a service that stops waits for none."""

_AGAIN = 400
"""Milliseconds after which it does."""


def stream(request: Request, look: Callable[[], str], every: float) -> StreamingResponse:
    """Server-sent events: what `look` finds, at once and whenever it is something else, looked at every so many
    seconds.
    """
    return StreamingResponse(
        _events(request, look, every), media_type="text/event-stream",
        headers={**STRICT, "Cache-Control": "no-store", "X-Accel-Buffering": "no"},
    )  # fmt: skip


async def _events(request: Request, look: Callable[[], str], every: float) -> AsyncIterator[str]:
    yield f"retry: {_AGAIN}\n\n"
    before: str | None = None
    looks = max(1, int(_LASTS / every))
    for _ in range(looks):
        found = await run_in_threadpool(look)
        if found != before:
            before = found
            yield _event(found)
        await asyncio.sleep(every)
        if await request.is_disconnected():
            return


def _event(text: str) -> str:
    """One message, each line of it a line of data."""
    return "".join(f"data: {line}\n" for line in text.splitlines() or [""]) + "\n"
