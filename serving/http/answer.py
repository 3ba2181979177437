"""Answers of routes: the body is of the type that the route says it answers, and the document has it from there."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Generic, TypeVar, get_args, get_origin, get_type_hints

import msgspec
from fastapi import Response

T = TypeVar("T")

REF = "#/components/schemas/"

JSON, PROBLEM = "application/json", "application/problem+json"

_encode = msgspec.json.Encoder().encode


class Answer(Response, Generic[T]):
    """A body of type T, as JSON."""


def answer(body: T, status: int = 200) -> Answer[T]:
    """A body that is right by its type, without a validation."""
    return Answer(_encode(body), status, media_type=JSON)


def response_of(body: type, media: str = JSON) -> dict[str, Any]:
    """A response with a body of this type, as the document has it."""
    return {"content": {media: {"schema": {"$ref": f"{REF}{body.__name__}"}}}}


def body_of(endpoint: Callable[..., Any]) -> Any:
    """The type of the body that a route's function answers, by its annotation; None for one that is no JSON.

    >>> def named(id: int) -> Answer[dict[str, int]]: ...
    >>> body_of(named)
    dict[str, int]
    """
    told = get_type_hints(endpoint, include_extras=True).get("return")
    kinds = (told,) if get_origin(told) is Answer else get_args(told)
    return next((get_args(kind)[0] for kind in kinds if get_origin(kind) is Answer), None)
