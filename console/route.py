"""Routes of pages: what goes wrong is told on a page, and who is not signed in is asked to."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import Any
from urllib.parse import quote

from fastapi import Request, Response
from fastapi.responses import RedirectResponse
from fastapi.routing import APIRoute

from console.language import language_of
from console.pages import STRICT
from console.problem import problem_page
from leads.errors import NextleadError, Unauthorized
from serving.http.under_way import Line
from serving.signin.sign_in_links import PATH


class PageRoute(APIRoute):
    """A route that answers people."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        answer = super().get_route_handler()

        async def handler(request: Request) -> Response:
            try:
                found: Response = await _to_its_end(request, answer)
            except Unauthorized:
                found = RedirectResponse(_sign_in(request), 303, headers=dict(STRICT))
            except NextleadError as error:
                found = problem_page(language_of(request), error)
            _told(request, found.status_code)
            return found

        return handler


async def _to_its_end(request: Request, answer: Callable[[Request], Coroutine[Any, Any, Response]]) -> Response:
    """The answer; whoever waits for this page's end has the next turn (see `console.guest.door`)."""
    try:
        return await answer(request)
    finally:
        name = getattr(request.state, "turn", None)
        if name is not None:
            request.state.doorkeeper.turns.give(name, Line.HEAVY)


def _told(request: Request, status: int) -> None:
    """The audit trail tells how a request was answered that was let in."""
    doorkeeper = getattr(request.state, "doorkeeper", None)
    if doorkeeper is not None:
        doorkeeper.answered(request, status)


def _sign_in(request: Request) -> str:
    """Where they sign in, and come back from."""
    back = request.url.path if request.method == "GET" else "/console"
    query = f"?{request.url.query}" if request.method == "GET" and request.url.query else ""
    return f"{PATH.rstrip('/')}?next={quote(back + query, safe='')}"
