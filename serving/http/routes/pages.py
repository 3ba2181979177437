"""Pages for people who open the address in a browser: what this is, and its API. Without a key, and without scripts."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from typing import Any

from fastapi import APIRouter, FastAPI, Response
from fastapi.responses import HTMLResponse
from fastapi.routing import iter_route_contexts
from jinja2 import Environment, FileSystemLoader
from markupsafe import Markup, escape

from serving.http.reference import Operation, Reference
from serving.http.routes.health import Probe
from serving.http.routing import Read

_CODE = re.compile("`([^`]+)`")
_FOLDER = Path(__file__).parents[1] / "templates"
STRICT = {
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-cache",
}


def _words(text: str) -> Markup:
    """What stands between backticks is code."""
    return Markup(_CODE.sub(r"<code>\1</code>", str(escape(text))))


def templates() -> Environment:
    """The pages of this room."""
    pages = Environment(loader=FileSystemLoader(_FOLDER), autoescape=True, trim_blocks=True, lstrip_blocks=True)
    pages.filters["words"] = _words
    return pages


def router(probe: Probe, app: FastAPI) -> APIRouter:
    """/ and /docs, with their style."""
    routes = APIRouter(route_class=Read)
    pages = templates()

    @cache
    def docs() -> str:
        reference = Reference(app.openapi())
        tags: dict[str, list[Operation]] = {}
        for operation in reference.operations():
            tags.setdefault(operation.tag, []).append(operation)
        told: dict[str, Any] = {"about": reference.about, "tags": tags, "schemas": list(reference.schemas())}
        return pages.get_template("docs.html").render(told)

    @cache
    def has_console() -> bool:
        """Whether a wing of this service has pages to work with."""
        return any(route.path == "/console" for route in iter_route_contexts(app.routes))

    @routes.get("/")
    def get_front() -> Response:
        return HTMLResponse(
            pages.get_template("front.html").render(health=probe.readiness(), console=has_console()), headers=STRICT
        )

    @routes.get("/docs")
    def get_docs() -> Response:
        return HTMLResponse(docs(), headers=STRICT)

    @routes.get("/docs/style.css")
    def get_style() -> Response:
        return Response((_FOLDER / "style.css").read_text("utf-8"), media_type="text/css", headers=STRICT)

    return routes
