"""The route by which auditors read the trail."""

from __future__ import annotations

from typing import Annotated, Any, NotRequired

from fastapi import APIRouter, Query, Request
from typing_extensions import TypedDict

from serving.access.act import Act
from serving.audit.record import Record, Sought
from serving.audit.trail import Trail
from serving.http.access import Doorkeeper, needs, visit_of
from serving.http.answer import Answer, answer
from serving.http.parameters import Id, Limit
from serving.http.routing import Api
from serving.http.under_way import heavy
from serving.meaning import Means, Time
from serving.strict import Moment

AuditEntry = TypedDict(
    "AuditEntry",
    {
        "chain": int,
        "n": Annotated[int, Means("its number in the chain")],
        "at": Time,
        "who": Annotated[str, Means("a key's id, an agent's, or what stands for a person")],
        "role": str,
        "act": str,
        "route": str,
        "status": NotRequired[int],
        "whom": NotRequired[Annotated[list[str], Means("what stands for the customers; ask with their id")]],
        "count": NotRequired[Annotated[int, Means("how many customers, or how many events")]],
        "why": NotRequired[str],
        "from": NotRequired[Annotated[str, Means("the address it came from")]],
        "seal": str,
    },
)
"""An entry of the audit trail."""


class AuditAnswer(TypedDict):
    entries: Annotated[list[AuditEntry], Means("latest first")]


def router(doorkeeper: Doorkeeper, record: Record, trail: Trail) -> APIRouter:
    """/audit."""
    routes = Api("audit", [needs(doorkeeper, Act.READ_TRAIL)])

    @routes.get("/audit")
    @heavy()
    def get_audit(
        request: Request,
        since: Annotated[Moment | None, Query()] = None,
        until: Annotated[Moment | None, Query()] = None,
        customer_id: Annotated[Id | None, Query()] = None,
        who: Annotated[Id | None, Query()] = None,
        limit: Limit = 100,
    ) -> Answer[AuditAnswer]:
        """Who looked at whom and who changed what, the latest first."""
        if customer_id is not None:
            visit_of(request).saw(customer_id)
        trail.flush()
        found: Any = record.latest(limit, Sought(since, until, customer_id, who))
        return answer({"entries": found})

    return routes
