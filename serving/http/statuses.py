"""The statuses that routes may answer with beside their own."""

from __future__ import annotations

from typing import Any

from serving.http.answer import PROBLEM, response_of
from serving.http.problems import Problem


def refusal(meaning: str, body: type = Problem) -> dict[str, Any]:
    """A problem as the document has it."""
    return {"description": meaning, **response_of(body, PROBLEM)}


PROBLEMS: dict[int | str, dict[str, Any]] = {
    401: refusal("no valid key"),
    403: refusal("a key of another scope"),
    413: refusal("more than one request may carry"),
    422: refusal("a body or a query that breaks its schema or limits"),
    429: refusal("more requests than a key may send, or an address without one; see Retry-After"),
    503: refusal("the hot store cannot be reached"),
}
OPEN = {status: told for status, told in PROBLEMS.items() if status not in (403, 429)}
"""Of a route that asks for another secret than a key."""
NOT_FOUND: dict[int | str, dict[str, Any]] = {404: refusal("does not exist")}
STALE: dict[int | str, dict[str, Any]] = {409: refusal("the lease is not held with this token")}
BUSY: dict[int | str, dict[str, Any]] = {
    429: refusal("more requests than a key may send, or too many events wait; see Retry-After")
}
TIMEOUT: dict[int | str, dict[str, Any]] = {504: refusal("not applied in time; nothing is lost")}
