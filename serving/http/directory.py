"""The directory: which route a request is for, found by the parts of its path, where FastAPI asks one after another."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import unquote

from fastapi.routing import RouteContext
from starlette.types import ASGIApp, Receive, Scope, Send

from serving.http.routing import Route


@dataclass(frozen=True)
class _Entry:
    """A route as it stands under its prefix. number: those that were declared first go first. names: of the parts of
    its path that are told in the request, by their place.
    """

    number: int
    route: Route
    app: ASGIApp
    names: tuple[tuple[int, str], ...]


@dataclass(frozen=True)
class _Branch:
    """Where paths go on. parts: by what their next part says; any: whatever it says. entries: of paths that end here,
    by method.
    """

    parts: dict[str, _Branch] = field(default_factory=dict)
    any: list[_Branch] = field(default_factory=list)
    entries: dict[str, _Entry] = field(default_factory=dict)

    def at(self, part: str) -> _Branch:
        """Where paths go on whose next part is this; one that stands in braces may say anything."""
        if not part.startswith("{"):
            return self.parts.setdefault(part, _Branch())
        if not self.any:
            self.any.append(_Branch())
        return self.any[0]

    def found(self, method: str, parts: Sequence[str], at: int = 0) -> Iterator[_Entry]:
        """Every entry that a path from its part `at` on is for."""
        if at == len(parts):
            if method in self.entries:
                yield self.entries[method]
            return
        told = self.parts.get(parts[at])
        for branch in ([] if told is None else [told]) + (self.any if parts[at] else []):
            yield from branch.found(method, parts, at + 1)


class Directory:
    """Answers requests by the routes it knows; `app` answers all others, and says why nothing is there."""

    def __init__(self, app: ASGIApp, routes: Iterable[RouteContext]) -> None:
        self._app = app
        self._root = _Branch()
        for number, route in enumerate(routes):
            own, path = route.original_route, route.path
            if isinstance(own, Route) and path is not None and _PLAIN.fullmatch(path):
                self._put(_Entry(number, own, route.app, _names(path)), path, route.methods or ())

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        plain = scope["type"] == "http" and not scope.get("root_path")
        parts = scope["path"].split("/")
        entry = self._entry(scope["method"], parts) if plain else None
        if entry is None:
            await self._app(scope, receive, send)
            return
        told: dict[str, Any] = {name: unquote(parts[place]) for place, name in entry.names}
        scope.update(route=entry.route, endpoint=entry.route.endpoint, path_params=told)
        await entry.app(scope, receive, send)

    def of(self, method: str, path: str) -> Route | None:
        """The route of a path, None where it knows none."""
        entry = self._entry(method, path.split("/"))
        return None if entry is None else entry.route

    def _entry(self, method: str, parts: Sequence[str]) -> _Entry | None:
        return min(self._root.found(method, parts), key=lambda entry: entry.number, default=None)

    def _put(self, entry: _Entry, path: str, methods: Iterable[str]) -> None:
        branch = self._root
        for part in path.split("/"):
            branch = branch.at(part)
        for method in methods:
            branch.entries.setdefault(method, entry)


_PLAIN = re.compile(r"(/([^/{}]*|{[^/{}:]+}))+")
"""A path of which every part is a word, or may be any."""


def _names(path: str) -> tuple[tuple[int, str], ...]:
    return tuple((place, part[1:-1]) for place, part in enumerate(path.split("/")) if part.startswith("{"))
