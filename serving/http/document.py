"""The OpenAPI document: what the routes say of themselves, and what FastAPI cannot say of them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from pydantic import BaseModel

from serving.http.schemas import REF

_PROBLEM = "application/problem+json"

_ABOUT = """Whom to call next, and what to offer them.

Send `Authorization: Bearer KEY`, with a key from `nextlead keys create`. Its scope says what it may do: `dialer`
queues, leases and events; `crm` customers, scores, next actions, decisions and events; `admin` everything.

Times are RFC 3339, in UTC where they are answered. A number without a fraction is an integer, however it is written:
`3.0` is 3. Ids have 1 to 128 characters, none of them a control character; in a path they are percent-encoded, `/` too,
and so are the ids `.` and `..`. An identity such as
`phone:13800138000` is no id: it is told under `identities`, and may be the subject of an event.

Bodies are JSON, sent as `application/json`. What a body holds beside what is declared is refused; answers may come to
hold more. Every error is `application/problem+json`."""


def document(app: FastAPI, named: Iterable[type[BaseModel]]) -> dict[str, Any]:
    """Of all routes of the app. named: models of bodies that are not read by FastAPI."""
    told: dict[str, Any] = get_openapi(title=app.title, version=app.version, description=_ABOUT, routes=app.routes)
    schemas = told["components"]["schemas"]
    for model in named:
        schema = model.model_json_schema(ref_template=f"{REF}{{model}}")
        schemas |= {**schema.pop("$defs", {}), model.__name__: schema}
    for operation in operations(told):
        _describe(operation)
        _scope(operation)
        _answers(operation)
    return told


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
    """A key of any one of the scopes will do."""
    asked = operation.get("security", [])
    if asked:
        operation["security"] = [{name: [scope]} for need in asked for name, scopes in need.items() for scope in scopes]


def _answers(operation: dict[str, Any]) -> None:
    """Problems are of their own media type; and where nothing is asked nothing can be asked wrongly."""
    answers = operation["responses"] = dict(sorted(operation["responses"].items()))
    if not operation.get("parameters") and "requestBody" not in operation:
        answers.pop("422", None)
        answers.pop("413", None)
    for status, answered in answers.items():
        if answered["description"] == "Successful Response":
            answered["description"] = "accepted" if status == "202" else "done"
        schema = answered.get("content", {}).get("application/json", {}).get("schema", {})
        if schema.get("$ref", "").endswith("Problem"):
            answered["content"] = {_PROBLEM: {"schema": schema}}
