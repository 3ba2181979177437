"""What a request's route is called where requests are counted and written down."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from fastapi.routing import APIRoute

VERSION: Final = "/v1"
"""What the routes of the API stand under."""


def label_of(scope: Mapping[str, Any]) -> str:
    """The path as it is declared, without the version that it stands under; `(none)` where it leads nowhere."""
    route = scope.get("route")
    path: str = getattr(route, "path", "") or "(none)"
    return path.removeprefix(VERSION) if isinstance(route, APIRoute) else path
