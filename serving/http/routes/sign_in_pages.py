"""Pages on which people sign in and out, without scripts."""

from __future__ import annotations

from collections.abc import Mapping
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
    return f"{PATH.rstrip('/')}?next={quote(next_path, safe='')}"


def router(doorkeeper: Doorkeeper, provider: bool = False) -> APIRouter:
    """/sign-in and /sign-out. provider: whether people may sign in with an account of their organisation."""
    reading, changing = APIRouter(route_class=Read), APIRouter(route_class=Route)
    page, sign_in = templates().get_template("sign_in.html"), doorkeeper.sign_in

    def shown(next_path: str | None, status: int = 200, **more: Any) -> Response:
        told: Mapping[str, Any] = {"next": here(next_path), "provider": provider, **more}
        return HTMLResponse(page.render(told), status, headers=_FORMS)

    @reading.get("/sign-in")
    def get_sign_in(request: Request) -> Response:
        return shown(request.query_params.get("next"))

    @reading.get(PATH + "{secret}")
    def get_link(secret: Name, request: Request) -> Response:
        found = sign_in.link(secret)
        if found is None:
            return shown(None, 401, problem="this link was used already, or its time is over: ask for another")
        return shown(request.query_params.get("next"), link=found, secret=secret)

    @changing.post("/sign-in")
    async def post_sign_in(request: Request) -> Response:
        form = await request.form()
        key, link = (str(form[name]) if form.get(name) else None for name in ("key", "link"))
        next_path = here(str(form.get("next", "")))
        try:
            opened = await run_in_threadpool(sign_in.with_secrets, request, key=key, link=link)
        except NextleadError as error:
            return shown(next_path, error.status, problem=error.detail)
        response = RedirectResponse(next_path, 303, headers=_FORMS)
        set_token(request, response, opened.token)
        return response

    @changing.post("/sign-out")
    async def post_sign_out(request: Request) -> Response:
        caller = await doorkeeper.callers.of(request)
        if caller.session is not None:
            await require_meant(request, caller.session)
        await run_in_threadpool(sign_in.out, request)
        response = RedirectResponse(PATH.rstrip("/"), 303, headers=_FORMS)
        drop_token(request, response)
        return response

    joined = APIRouter()
    joined.include_router(reading)
    joined.include_router(changing)
    return joined
