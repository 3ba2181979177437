"""The straight way to an endpoint: of a request that is right in everything no more is read than its endpoint needs.
What is wrong with any other, FastAPI says.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Coroutine
from typing import Any

from fastapi import Request, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.dependencies.models import Dependant
from fastapi.dependencies.utils import request_body_to_args, request_params_to_args
from fastapi.routing import APIRoute
from starlette.exceptions import HTTPException

from serving.http.access import Needs
from serving.http.answer import JSON
from serving.http.query import DECLARED
from serving.jsontext import NotJson, Repeated, read_json

Handler = Callable[[Request], Coroutine[Any, Any, Response]]


class Sent(Request):
    """A request whose body is read without guessing."""

    async def json(self) -> Any:
        try:
            document = read_json(await self.body())
        except NotJson as error:
            raise HTTPException(422, f"JSON; {error}") from error
        if isinstance(document, Repeated):
            raise HTTPException(422, document.reason)
        return document


def straight(route: APIRoute, others: Handler) -> Handler:
    """What answers a route's requests: right ones of who shows a key at once, all others as `others` does."""
    if not _is_plain(route):
        return others
    asking, call = route.dependant, route.endpoint

    async def answer(request: Request) -> Response:
        values = await _values(asking, request)
        if values is None:
            return await others(request)
        if asking.request_param_name:
            values[asking.request_param_name] = request
        found: Response = await run_in_threadpool(call, **values)
        return found

    return answer


def _is_plain(route: APIRoute) -> bool:
    """Whether all that it asks for stands in the request, but for who sends it and that its query is as declared."""
    asking = route.dependant
    doors = all(isinstance(one.call, Needs) or one.call is DECLARED.dependency for one in asking.dependencies)
    bodies = asking.body_params
    whole = not bodies or (len(bodies) == 1 and not getattr(bodies[0].field_info, "embed", None))
    return doors and whole and not asking.cookie_params and not inspect.iscoroutinefunction(route.endpoint)


async def _values(asking: Dependant, request: Request) -> dict[str, Any] | None:
    """What the endpoint is called with; None where something is not right, or is for FastAPI to look at."""
    visit = getattr(request.state, "visit", None)
    if request.scope["query_string"] or (visit is not None and visit.session is not None):
        return None
    parts = [
        request_params_to_args(asking.path_params, request.path_params),
        request_params_to_args(asking.query_params, request.query_params),
        request_params_to_args(asking.header_params, request.headers),
    ]
    if asking.body_params:
        if request.headers.get("content-type") != JSON or not await request.body():
            return None
        parts.append(await request_body_to_args(asking.body_params, await request.json(), embed_body_fields=False))
    if any(errors for _, errors in parts):
        return None
    return {name: value for values, _ in parts for name, value in values.items()}
