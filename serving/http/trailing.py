"""What the audit trail is told of requests."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Final

from fastapi import Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException

from leads.errors import InvalidInput, NextleadError
from serving.access.act import Act
from serving.access.principal import Principal
from serving.audit.entry import Entry
from serving.http.route_label import label_of

if TYPE_CHECKING:
    from serving.http.access import Visit

_OF_NOBODY: Final = frozenset(
    {Act.READ_QUEUES, Act.READ_CAMPAIGNS, Act.READ_MODELS, Act.READ_METRICS, Act.READ_REPORTS, Act.READ_CATALOGUE}
)
"""Acts that show no person and change nothing."""

GRAVE: Final = frozenset(
    {
        Act.ERASE_CUSTOMER,
        Act.EXPORT_CUSTOMER,
        Act.HOLD_CUSTOMER,
        Act.JUDGE_IDENTITY,
        Act.CHANGE_AGENTS,
        Act.PAUSE,
        Act.PUSH,
        Act.TAKE_BACK,
        Act.REVEAL,
        Act.APPROVE_CATALOGUE,
        Act.PUBLISH_CATALOGUE,
    }
)
"""Acts of which an entry is on the disk before they are done, and another one tells what became of them."""


def entry(request: Request, who: Principal, act: str, status: int, visit: Visit | None = None) -> Entry:
    """What is told of a request. visit: where it was let in."""
    whom, count = ((), 0) if visit is None else (tuple(visit.whom), visit.count)
    address = None if request.client is None else request.client.host
    return Entry(
        time.time(), who.id, who.role, act, f"{request.method} {label_of(request.scope)}", status, whom, count,
        None if visit is None else visit.why, address,
    )  # fmt: skip


def entry_of(request: Request, visit: Visit, status: int) -> Entry | None:
    """What is told of a request that was let in; None for one of which nothing is."""
    act = visit.right.act
    return None if act in _OF_NOBODY else entry(request, visit.principal, act.value, status, visit)


def status_of(error: Exception) -> int:
    """With which an error is answered."""
    if isinstance(error, NextleadError):
        return error.status
    if isinstance(error, HTTPException):
        return error.status_code
    return InvalidInput.status if isinstance(error, RequestValidationError) else 500
