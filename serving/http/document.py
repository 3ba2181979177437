"""The OpenAPI document: what the routes say of themselves, and what FastAPI cannot say of them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from fastapi.routing import iter_route_contexts
from pydantic import BaseModel, TypeAdapter

from serving.access.role import MACHINES, PEOPLE
from serving.http.answer import REF, body_of
from serving.http.links import linked
from serving.http.session_cookie import SCHEME

_ABOUT = """Whom to call next, and what to offer them.

Send `Authorization: Bearer KEY`, with a key from `nextlead keys create`. Its scope says what it may do: `dialer`
queues, leases and events; `crm` customers, scores, next actions, decisions and events; `admin` everything.

Times are RFC 3339, in UTC where they are answered. A number without a fraction is an integer, however it is written:
`3.0` is 3. Ids have 1 to 128 characters, none of them a control character; in a path they are percent-encoded, `/` too,
and so are the ids `.` and `..`. An identity such as
`phone:13800138000` is no id: it is told under `identities`, and may be the subject of an event.

Bodies are JSON, sent as `application/json`. What a body holds beside what is declared is refused; answers may come to
hold more. A query holds what is declared, each parameter once. Every error is `application/problem+json`."""


def document(app: FastAPI, asked: Iterable[type[BaseModel]], answered: Iterable[type]) -> dict[str, Any]:
    """Of all routes of the app. asked: models of bodies that are not read by FastAPI. answered: types of bodies beside
    those that the routes tell.
    """
    told: dict[str, Any] = get_openapi(title=app.title, version=app.version, description=_ABOUT, routes=app.routes)
    schemas = told["components"]["schemas"]
    told_of = [
        route.endpoint for route in iter_route_contexts(app.routes) if getattr(route, "include_in_schema", False)
    ]
    bodies = [body_of(endpoint) for endpoint in told_of if endpoint is not None]
    schemas |= _answered({body.__name__: body for body in (*bodies, *answered) if body is not None})
    for model in asked:
        schema = model.model_json_schema(ref_template=f"{REF}{{model}}")
        schemas |= {**schema.pop("$defs", {}), model.__name__: schema}
    for operation in operations(told):
        _describe(operation)
        _scope(operation)
        _answers(operation)
        linked(operation)
    return told


def _answered(bodies: Mapping[str, type]) -> dict[str, Any]:
    """The schemas of answers, each with those of its parts."""
    adapters: list[Any] = [(name, "serialization", TypeAdapter(body)) for name, body in bodies.items()]
    _, told = TypeAdapter.json_schemas(adapters, ref_template=f"{REF}{{model}}")
    schemas: dict[str, Any] = told["$defs"]
    return schemas


def operations(told: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Every method of every path."""
    for path in told["paths"].values():
        yield from path.values()


def _describe(operation: dict[str, Any]) -> None:
    """The first paragraph is the summary."""
    summary, _, more = operation.pop("description", operation["summary"]).partition("\n\n")
    operation["summary"] = " ".join(summary.split()).rstrip(".")
    if more:
        operation["description"] = more.strip()


def _scope(operation: dict[str, Any]) -> None:
    """A key of any one of the scopes will do, or a session of anybody who has one of the roles."""
    asked = operation.get("security", [])
    if asked:
        roles: set[str] = {role for need in asked for named in need.values() for role in named}
        people = [role for role in PEOPLE if role in roles]
        keys = [scope for scope in MACHINES if scope in roles]
        bearing = [{name: [scope]} for need in asked for name in need if name != SCHEME for scope in keys]
        operation["security"] = [*bearing, *([{SCHEME: people}] if people else [])]


def _answers(operation: dict[str, Any]) -> None:
    """In the order of their statuses, the good ones in words of ours."""
    answers = operation["responses"] = dict(sorted(operation["responses"].items()))
    for status, answered in answers.items():
        if answered["description"] == "Successful Response":
            answered["description"] = "accepted" if status == "202" else "done"
