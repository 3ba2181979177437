"""Errors as `application/problem+json` (RFC 9457), in one place."""

from __future__ import annotations

import logging
import math
import traceback
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import polars as pl
import redis
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect
from typing_extensions import TypedDict

from leads.errors import (
    FieldError,
    Forbidden,
    InvalidInput,
    NextleadError,
    NotFound,
    TooBusy,
    TooLarge,
    Unauthorized,
    Unavailable,
)
from serving.disk import FULL, away, is_full, store_refuses
from serving.http.answer import PROBLEM
from serving.http.methods import allowed
from serving.strict import field_errors

_TITLES = {404: NotFound.title, 405: "Method not allowed", TooLarge.status: TooLarge.title}


class FieldProblem(TypedDict):
    field: str
    value: Any
    reason: str


class Problem(TypedDict):
    """RFC 9457."""

    type: str
    title: str
    status: int
    detail: str
    errors: list[FieldProblem]


class ProblemResponse(JSONResponse):
    media_type = PROBLEM


def problem(
    status: int,
    title: str,
    detail: str,
    errors: Sequence[FieldError] = (),
    headers: Mapping[str, str] | None = None,
    more: Mapping[str, Any] | None = None,
) -> ProblemResponse:
    """The answer for an error. more: members of its own."""
    kind = f"urn:nextlead:problem:{title.lower().replace(' ', '-')}"
    body: Problem = {"type": kind, "title": title, "status": status, "detail": detail, "errors": shown(errors)}
    return ProblemResponse({**body, **(more or {})}, status, dict(headers or {}))


def shown(errors: Iterable[FieldError]) -> list[FieldProblem]:
    """What was refused, field by field."""
    return [{"field": error.field, "value": plain(error.value), "reason": error.reason} for error in errors]


def of(error: NextleadError) -> ProblemResponse:
    """The answer for an error of the product's own."""
    headers = {}
    if isinstance(error, TooBusy):
        headers["Retry-After"] = str(error.retry_after)
    if isinstance(error, Unavailable):
        headers["Retry-After"] = "1"
    if isinstance(error, Unauthorized):
        headers["WWW-Authenticate"] = "Bearer"
    if isinstance(error, Forbidden):
        headers["WWW-Authenticate"] = 'Bearer error="insufficient_scope"'
    return problem(error.status, error.title, error.detail, error.errors, headers)


def install(app: FastAPI, hot: Path) -> None:
    """Let the app answer every error as a problem. hot: the folder of the hot store."""

    @app.exception_handler(NextleadError)
    def own(_: Request, error: NextleadError) -> ProblemResponse:
        return of(error)

    @app.exception_handler(RequestValidationError)
    def schema(request: Request, error: RequestValidationError) -> ProblemResponse:
        return _not_json(request) if isinstance(error.body, bytes) else invalid(error.errors())

    @app.exception_handler(HTTPException)
    def http(request: Request, error: HTTPException) -> ProblemResponse:
        if error.status_code == InvalidInput.status:
            return of(InvalidInput("body", None, error.detail))
        if error.status_code == 404:
            return problem(404, _TITLES[404], "there is nothing at this path; see /docs")
        if error.status_code == 405:
            methods = ", ".join(allowed(request.app.routes, request.scope))
            return problem(405, _TITLES[405], f"this path answers {methods}", headers={"Allow": methods})
        title = _TITLES.get(error.status_code, "Request refused")
        return problem(error.status_code, title, str(error.detail), headers=error.headers)

    @app.exception_handler(redis.RedisError)
    def store(request: Request, error: redis.RedisError) -> ProblemResponse:
        if isinstance(error, redis.ConnectionError | redis.TimeoutError):
            return of(Unavailable(f"{away(hot)}; {_done(request)}"))
        logging.getLogger("nextlead").error("the hot store refused a command: %s", type(error).__name__)
        why = ": its disk or memory takes nothing more" if store_refuses(error) else ""
        return of(Unavailable(f"the hot store refused the request{why}; {_done(request)}"))

    @app.exception_handler(OSError)
    @app.exception_handler(pl.exceptions.PolarsError)
    def disk(request: Request, error: Exception) -> ProblemResponse:
        if not is_full(error):
            return unexpected(request, error)
        logging.getLogger("nextlead").error("%s: %s", FULL, type(error).__name__)
        return of(Unavailable(f"{FULL}; {_done(request)}"))

    @app.exception_handler(ClientDisconnect)
    def gone(_: Request, __: ClientDisconnect) -> ProblemResponse:
        return problem(400, "Request refused", "the client went away before its request was whole")

    @app.exception_handler(UnicodeEncodeError)
    def text(_: Request, error: UnicodeEncodeError) -> ProblemResponse:
        return of(InvalidInput("body", None, f"text that UTF-8 can carry ({error.reason})"))

    @app.exception_handler(Exception)
    def unexpected(_: Request, error: Exception) -> ProblemResponse:
        # Where it happened, and not the message, which may name a customer.
        where = traceback.extract_tb(error.__traceback__)[-1]
        logging.getLogger("nextlead").error("%s at %s:%s", type(error).__name__, where.filename, where.lineno)
        return problem(500, "Internal error", "an unexpected error; it was logged")


def _done(request: Request) -> str:
    """What came of a request that was stopped half-way: one that only reads has changed nothing, of others nobody
    knows.
    """
    if request.method in ("GET", "HEAD"):
        return "nothing was changed by this request"
    return "whether it changed anything is not known: look how things stand before it is sent again"


def _not_json(request: Request) -> ProblemResponse:
    """The answer for a body that came as something else than JSON."""
    given = request.headers.get("content-type")
    return of(InvalidInput("Content-Type", given, "application/json"))


def invalid(found: Sequence[Mapping[str, Any]]) -> ProblemResponse:
    """The answer for a body that breaks its schema."""
    errors = field_errors(found)
    detail = "; ".join(f"{error.field}: {error.reason}" for error in errors[:5])
    return problem(422, "Invalid input", detail, errors[:100])


def plain(value: Any) -> Any:
    """What was given, short and as JSON can carry it."""
    if isinstance(value, float):
        return value if math.isfinite(value) else str(value)
    if value is None or isinstance(value, bool | int):
        return value
    if isinstance(value, str):
        return value if len(value) <= 100 else f"{value[:100]}…"
    if isinstance(value, list | tuple):
        return [plain(item) for item in value[:5]] if len(value) <= 5 else f"{len(value)} items"
    return type(value).__name__
