"""Pages on which people sign in and out, without scripts."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import quote

from fastapi import APIRouter, Request, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import HTMLResponse, RedirectResponse

from leads.errors import NextleadError
from serving.http.access import Doorkeeper
from serving.http.callers import require_meant
from serving.http.parameters import Name
from serving.http.routes.pages import STRICT, templates
from serving.http.routing import Read, Route
from serving.http.session_cookie import drop_token, set_token
from serving.signin.sign_in_links import PATH

_SIGN_IN = PATH.rstrip("/")

_AFTER = "/console"
"""Where people go who did not come from anywhere."""

_FORMS = {**STRICT, "Content-Security-Policy": STRICT["Content-Security-Policy"].replace(
    "form-action 'none'", "form-action 'self'")}  # fmt: skip


def here(path: str | None) -> str:
    """A path of this site, and of no other: where to go next.

    >>> here("/console/queue?of=renewal"), here("//elsewhere"), here("https://elsewhere"), here(None)
    ('/console/queue?of=renewal', '/console', '/console', '/console')
    """
    given = path or ""
    is_own = given.startswith("/") and not given.startswith(("//", "/\\")) and given.isprintable()
    return given if is_own else _AFTER


def sign_in_at(next_path: str) -> str:
    """Where to send somebody who has to sign in before they see a page."""
    return f"{_SIGN_IN}?next={quote(next_path, safe='')}"


class SignInPage:
    """The page on which people sign in. provider: whether it shows the way to one."""

    def __init__(self, provider: bool) -> None:
        self._page = templates().get_template("sign_in.html")
        self._provider = provider

    def shown(self, next_path: str | None = None, status: int = 200, **more: Any) -> Response:
        """problem: why somebody is not signed in. link, secret: of a link that would sign somebody in."""
        told = {"next": here(next_path), "provider": self._provider, **more}
        return HTMLResponse(self._page.render(told), status, headers=_FORMS)


def router(doorkeeper: Doorkeeper, page: SignInPage, goodbye: Callable[[], str | None]) -> APIRouter:
    """/sign-in and /sign-out. goodbye: where people sign out of the provider too, None where they need not."""
    reading, changing = APIRouter(route_class=Read), APIRouter(route_class=Route)
    sign_in = doorkeeper.sign_in

    @reading.get("/sign-in")
    def get_sign_in(request: Request) -> Response:
        return page.shown(
            request.query_params.get("next"), goodbye=goodbye() if "out" in request.query_params else None
        )

    @reading.get(PATH + "{secret}")
    def get_link(secret: Name, request: Request) -> Response:
        found = sign_in.link(secret)
        if found is None:
            return page.shown(status=401, problem="this link was used already, or its time is over: ask for another")
        return page.shown(request.query_params.get("next"), link=found, secret=secret)

    @changing.post("/sign-in")
    async def post_sign_in(request: Request) -> Response:
        form = await request.form()
        key, link = (str(form[name]) if form.get(name) else None for name in ("key", "link"))
        next_path = here(str(form.get("next", "")))
        try:
            opened = await run_in_threadpool(sign_in.with_secrets, request, key=key, link=link)
        except NextleadError as error:
            return page.shown(next_path, error.status, problem=error.detail)
        response = RedirectResponse(next_path, 303, headers=_FORMS)
        set_token(request, response, opened.token)
        return response

    @changing.post("/sign-out")
    async def post_sign_out(request: Request) -> Response:
        caller = await doorkeeper.callers.of(request)
        if caller.session is not None:
            await require_meant(request, caller.session)
        way = None if caller.session is None else caller.session.who.way
        await run_in_threadpool(sign_in.out, request)
        response = RedirectResponse(f"{_SIGN_IN}{'?out' if way == 'oidc' else ''}", 303, headers=_FORMS)
        drop_token(request, response)
        return response

    reading.routes.extend(changing.routes)
    return reading
