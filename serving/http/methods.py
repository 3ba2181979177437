"""The methods that the API knows, and which of them a path answers."""

from __future__ import annotations

from collections.abc import Iterable

from starlette.routing import BaseRoute, Match
from starlette.types import Scope

METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE")

_MATCHED = ("type", "path", "root_path", "headers")
"""What of a request decides which route it is for, beside its method."""


def allowed(routes: Iterable[BaseRoute], scope: Scope) -> list[str]:
    """The methods that a path answers."""
    asked = {name: scope[name] for name in _MATCHED if name in scope}
    known = list(routes)
    return [
        method
        for method in METHODS
        if any(route.matches({**asked, "method": method})[0] is Match.FULL for route in known)
    ]
