"""The HTTP API under /v1. It only translates: bodies in, the product's own calls, bodies out."""

from __future__ import annotations

import time
from functools import cache
from typing import Any

import msgspec
from fastapi import APIRouter, FastAPI, Response

from serving.http import problems
from serving.http.answers import Problem
from serving.http.bodies import Limited
from serving.http.document import document
from serving.http.metrics import Measured, Metrics
from serving.http.paths import Paths
from serving.http.safety import Safe
from serving.http.schemas import NAMED
from serving.scoring.freshness import Freshness
from serving.services import Services

_encode = msgspec.json.Encoder().encode

PROBLEMS: dict[int | str, dict[str, Any]] = {
    status: {"model": Problem, "description": meaning}
    for status, meaning in {
        401: "no valid key",
        403: "a key of another scope",
        413: "more than one request may carry",
        422: "a body that breaks its schema or limits",
        503: "the hot store cannot be reached",
    }.items()
}
OPEN = {status: told for status, told in PROBLEMS.items() if status != 403}
"""Of a route that asks for another secret than a key."""
NOT_FOUND: dict[int | str, dict[str, Any]] = {404: {"model": Problem, "description": "does not exist"}}
STALE: dict[int | str, dict[str, Any]] = {
    409: {"model": Problem, "description": "the lease is not held with this token"}
}
BUSY: dict[int | str, dict[str, Any]] = {
    429: {"model": Problem, "description": "too many events wait; see Retry-After"}
}
TIMEOUT: dict[int | str, dict[str, Any]] = {
    504: {"model": Problem, "description": "not applied in time; nothing is lost"}
}


def answer(body: Any, status: int = 200) -> Response:
    """A body that is right by construction, without a second validation."""
    return Response(_encode(body), status, media_type="application/json")


class Context:
    """What the routes share."""

    def __init__(self, services: Services) -> None:
        self.services = services
        self.freshness = Freshness(services)
        self.metrics = Metrics()
        self._looked = 0.0

    def current(self) -> Services:
        """The services, with the models that are champions now (looked at once a second)."""
        if time.monotonic() - self._looked > 1.0:
            self._looked = time.monotonic()
            self.services.models.refresh()
        return self.services


def create_app(context: Context) -> FastAPI:
    """The app for one process of the service."""
    from serving.dialers import routes as dialers
    from serving.dialers.incoming import CallOutcome
    from serving.http.routes import agents, customers, desk, health, pages, queue, scores

    app = FastAPI(
        title="Nextlead",
        version="1",
        openapi_url="/v1/openapi.json",
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        generate_unique_id_function=lambda route: route.name,
    )
    router = APIRouter(prefix="/v1")
    for routes in (scores, customers, queue, agents, desk):
        router.include_router(routes.router(context), responses=PROBLEMS)
    router.include_router(dialers.router(context))
    router.include_router(health.router(context))
    app.include_router(router)
    app.include_router(health.router(context), include_in_schema=False)
    app.include_router(pages.router(context, app), include_in_schema=False)
    app.openapi = cache(lambda: document(app, (*NAMED, CallOutcome)))  # type: ignore[method-assign]
    problems.install(app)
    app.add_middleware(Limited, limit=context.services.settings.body_limit)
    app.add_middleware(Measured, metrics=context.metrics)
    app.add_middleware(Paths)
    app.add_middleware(Safe)
    return app
