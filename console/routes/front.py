"""The front door, the language, and static files."""

from __future__ import annotations

from importlib import resources

from fastapi import APIRouter, Request, Response

from console.guest import Guest, door
from console.language import LANGUAGE_COOKIE
from console.navigation import sections_of
from console.pages import STRICT, redirect
from console.route import PageRoute
from leads.errors import NotFound
from serving.access.act import Act
from serving.http.access import Doorkeeper

_STATIC = {"console.css": "text/css", "console.js": "text/javascript", "icon.svg": "image/svg+xml"}
_YEAR = "public, max-age=31536000, immutable"


def router(doorkeeper: Doorkeeper) -> APIRouter:
    """/console, /console/language and /console/static."""
    routes = APIRouter(route_class=PageRoute)
    anyone = door(doorkeeper, Act.READ_QUEUES)

    @routes.get("/console")
    def get_front(guest: Guest = anyone) -> Response:
        """The first section that they may open."""
        return redirect(sections_of(guest)[0].path)

    @routes.get("/console/language/{language}")
    def get_language(language: str, request: Request) -> Response:
        """The same page in another language."""
        back = request.query_params.get("back", "/console")
        response = redirect(back if back.startswith("/console") else "/console")
        response.set_cookie(LANGUAGE_COOKIE, "en" if language == "en" else "zh", max_age=31_536_000, samesite="lax")
        return response

    @routes.get("/console/static/{name}")
    def get_static(name: str) -> Response:
        """A style, script or picture of these pages."""
        if name not in _STATIC:
            raise NotFound("file", name)
        content = (resources.files("console") / "static" / name).read_bytes()
        return Response(content, media_type=_STATIC[name], headers={**STRICT, "Cache-Control": _YEAR})

    return routes
