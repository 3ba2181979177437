"""The HTTP API under /v1. It only translates: bodies in, the product's own calls, bodies out."""

from __future__ import annotations

import time
from typing import Any

import msgspec
from fastapi import APIRouter, FastAPI, Response
from fastapi.openapi.utils import get_openapi

from serving.http import problems
from serving.http.answers import Problem
from serving.http.bodies import Limited
from serving.http.metrics import Measured, Metrics
from serving.http.paths import Paths
from serving.http.safety import Safe
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
    from serving.http.routes import agents, customers, desk, health, queue, scores

    app = FastAPI(
        title="Nextlead",
        version="1",
        description="Whom to call next, and what to offer them.",
        openapi_url="/v1/openapi.json",
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        responses=PROBLEMS,
    )
    router = APIRouter(prefix="/v1")
    for routes in (scores, customers, queue, agents, desk, dialers):
        router.include_router(routes.router(context))
    router.include_router(health.router(context))
    app.include_router(router)
    app.include_router(health.router(context), include_in_schema=False)
    app.openapi = lambda: _document(app)  # type: ignore[method-assign]
    problems.install(app)
    app.add_middleware(Limited, limit=context.services.settings.body_limit)
    app.add_middleware(Measured, metrics=context.metrics)
    app.add_middleware(Paths)
    app.add_middleware(Safe)
    return app


def _document(app: FastAPI) -> dict[str, Any]:
    """The OpenAPI document; problems are of their own media type, which FastAPI cannot say of a model."""
    if app.openapi_schema is None:
        document = get_openapi(title=app.title, version=app.version, description=app.description, routes=app.routes)
        schemas = [{"schema": {"$ref": f"#/components/schemas/{name}"}} for name in ("Problem", "EventsProblem")]
        for path in document["paths"].values():
            for operation in path.values():
                for answered in operation["responses"].values():
                    found = answered.get("content", {}).get("application/json")
                    if found in schemas:
                        answered["content"] = {"application/problem+json": found}
        app.openapi_schema = document
    return app.openapi_schema
