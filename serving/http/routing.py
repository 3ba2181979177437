"""Routes: which one a request is for, and how the parts of its path are read."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any
from urllib.parse import unquote

from fastapi import APIRouter, FastAPI, Request, Response
from fastapi.params import Depends
from fastapi.routing import APIRoute
from starlette.routing import Match
from starlette.types import Receive, Scope, Send

from serving.access.masking import Masking
from serving.http.access import Doorkeeper, Needs, visit_of
from serving.http.answer import body_of, response_of
from serving.http.bodies import bounded, carried
from serving.http.masked import masked_answer
from serving.http.query import DECLARED
from serving.http.route_label import VERSION
from serving.http.statuses import PROBLEMS
from serving.http.straight import Handler, Sent, straight
from serving.http.trailing import status_of
from serving.http.under_way import line_of


class Route(APIRoute):
    """A route whose parameters are read after the path was taken apart, and whose body without guessing, once its key
    was looked at, and no more of it than the route carries. It answers what its function says.
    """

    def __init__(self, path: str, endpoint: Callable[..., Any], **more: Any) -> None:
        body, responses = body_of(endpoint), more.pop("responses", None) or {}
        if body is not None:
            responses = {**responses, more.get("status_code") or 200: response_of(body)}
        super().__init__(path, endpoint, **(more | {"response_model": None, "responses": responses}))

    def get_route_handler(self) -> Handler:
        doors = [one.dependency for one in self.dependencies if isinstance(one.dependency, Needs)]
        answer, most = straight(self, super().get_route_handler()), carried(self.endpoint)

        async def handler(request: Request) -> Response:
            for door in doors:
                await door.admit(request)
            sent = Sent(request.scope, bounded(request.scope, request.receive, most))
            found = await (self._in_turn(doors[0].doorkeeper, sent, answer) if doors else answer(sent))
            masking: Masking | None = getattr(request.state, "masking", None)
            return found if masking is None else masked_answer(masking, found)

        return handler

    async def _in_turn(self, doorkeeper: Doorkeeper, request: Request, answer: Handler) -> Response:
        """The answer to a request that was let in, once it is its turn among those of who sends it."""
        name, line = visit_of(request).caller.principal.id, line_of(request, self.endpoint)
        await doorkeeper.turns.take(name, line)
        try:
            return await _trailed(doorkeeper, request, answer)
        finally:
            doorkeeper.turns.give(name, line)

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        match, found = super().matches(scope)
        if match is not Match.NONE and self.param_convertors:
            given: dict[str, Any] = found["path_params"]
            own = {name: unquote(given[name]) for name in self.param_convertors}
            found = {**found, "path_params": {**given, **own}}
        return match, found


async def _trailed(doorkeeper: Doorkeeper, request: Request, answer: Handler) -> Response:
    """The answer to a request that was let in, of which the audit trail tells."""
    await doorkeeper.begun(request)
    try:
        found = await answer(request)
    except Exception as error:
        doorkeeper.answered(request, status_of(error))
        raise
    doorkeeper.answered(request, found.status_code)
    return found


class Read(Route):
    """A route that changes nothing when it is read: it answers HEAD as it answers GET."""

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        return super().matches(_as_get(scope))

    async def handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        await super().handle(_as_get(scope), receive, send)


class Exact(Read):
    """A route of which nothing is asked but what it declares: what else stands in the query is refused, be it a
    misspelt name or one that another version has.
    """

    def __init__(self, path: str, endpoint: Callable[..., Any], **more: Any) -> None:
        others = [dependency for dependency in more.pop("dependencies", None) or () if dependency is not DECLARED]
        super().__init__(path, endpoint, dependencies=[*others, DECLARED], **more)


class Api(APIRouter):
    """Routes under /v1, in the document under a tag. responses: what all of them may answer beside their own."""

    def __init__(
        self, tag: str, dependencies: Sequence[Depends] = (), prefix: str = "", route_class: type[Route] = Exact,
        responses: Mapping[int | str, dict[str, Any]] = PROBLEMS,
    ) -> None:  # fmt: skip
        super().__init__(
            prefix=f"{VERSION}{prefix}", tags=[tag], route_class=route_class, dependencies=dependencies,
            responses=dict(responses), generate_unique_id_function=lambda route: route.name,
        )  # fmt: skip


def answer_by(app: FastAPI, routes: APIRouter, in_document: bool = True) -> None:
    """Have an app answer by these routes as they are: where it includes a router, FastAPI makes each of them anew, with
    the first request.
    """
    for route in routes.routes:
        if isinstance(route, APIRoute):
            route.include_in_schema &= in_document
        app.router.routes.append(route)


def _as_get(scope: Scope) -> Scope:
    return {**scope, "method": "GET"} if scope.get("method") == "HEAD" else scope
