"""The statuses that routes may answer with beside their own."""

from __future__ import annotations

from typing import Any

from serving.http.problems import Problem

PROBLEMS: dict[int | str, dict[str, Any]] = {
    status: {"model": Problem, "description": meaning}
    for status, meaning in {
        401: "no valid key",
        403: "a key of another scope",
        413: "more than one request may carry",
        422: "a body that breaks its schema or limits",
        503: "the hot store cannot be reached",
    }.items()
}
OPEN = {status: told for status, told in PROBLEMS.items() if status != 403}
"""Of a route that asks for another secret than a key."""
NOT_FOUND: dict[int | str, dict[str, Any]] = {404: {"model": Problem, "description": "does not exist"}}
STALE: dict[int | str, dict[str, Any]] = {
    409: {"model": Problem, "description": "the lease is not held with this token"}
}
BUSY: dict[int | str, dict[str, Any]] = {
    429: {"model": Problem, "description": "too many events wait; see Retry-After"}
}
TIMEOUT: dict[int | str, dict[str, Any]] = {
    504: {"model": Problem, "description": "not applied in time; nothing is lost"}
}
