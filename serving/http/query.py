"""What stands in the query of a request: what its route asks for, and each of it once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from fastapi import Depends, Request
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute

from leads.errors import FieldError, InvalidInput


async def _declared(request: Request) -> None:
    """Raises InvalidInput, naming whatever the route does not ask for and whatever stands there twice."""
    given = request.query_params
    if not given:
        return
    known = _asked(request.scope["route"])
    allowed = f"a parameter of this path: {', '.join(known)}" if known else "no parameter; this path takes none"
    errors = [
        FieldError(name[:100], given[name], "given once" if name in known else allowed)
        for name, count in Counter(name for name, _ in given.multi_items()).items()
        if name not in known or count > 1
    ]
    if errors:
        raise InvalidInput.of(errors)


DECLARED = Depends(_declared)
"""Lets in requests whose query is as their route declares it."""


def _asked(route: APIRoute) -> list[str]:
    """The parameters that may stand in a route's query, whatever of it asks for them."""
    return list(dict.fromkeys(_parameters(route.dependant)))


def _parameters(asking: Dependant) -> Iterator[str]:
    yield from (field.alias for field in asking.query_params)
    for other in asking.dependencies:
        yield from _parameters(other)
