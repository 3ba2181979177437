"""The HTTP API under /v1. It only translates: bodies in, the product's own calls, bodies out."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from pathlib import Path

from fastapi import APIRouter, FastAPI

from serving.dialers.incoming import CallOutcome
from serving.http import problems
from serving.http.bodies import Limited
from serving.http.document import document
from serving.http.metrics import Measured, Metrics
from serving.http.paths import Paths
from serving.http.problems import Problem
from serving.http.routes import health, pages
from serving.http.routes.customers import CustomersProblem
from serving.http.routes.events import EventsProblem
from serving.http.routes.health import Probe
from serving.http.routing import Api, Read, answer_by
from serving.http.safety import Safe
from serving.http.schemas import NAMED
from serving.http.scrapers import Scrapers


def create_app(
    keyed: Sequence[APIRouter], dialers: APIRouter, probe: Probe, metrics: Metrics, scrapers: Scrapers,
    body_limit: int, hot: Path,
) -> FastAPI:  # fmt: skip
    """The app for one process of the service. keyed: routes that ask for an API key; dialers: those that ask for
    another secret. hot: the folder of the hot store.
    """
    app = FastAPI(
        title="Nextlead",
        version="1",
        openapi_url="/v1/openapi.json",
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
    )
    for routes in (*keyed, dialers, health.router(probe, metrics, scrapers, Api("health", (), "", Read, {}))):
        answer_by(app, routes)
    for routes in (health.router(probe, metrics, scrapers, APIRouter(route_class=Read)), pages.router(probe, app)):
        answer_by(app, routes, in_document=False)
    app.openapi = cache(lambda: document(app, (*NAMED, CallOutcome), (Problem, EventsProblem, CustomersProblem)))  # type: ignore[method-assign]
    problems.install(app, hot)
    app.add_middleware(Limited, limit=body_limit)
    app.add_middleware(Measured, metrics=metrics)
    app.add_middleware(Paths)
    app.add_middleware(Safe)
    return app
