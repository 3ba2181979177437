"""Routes for events."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Request, Response
from fastapi.concurrency import run_in_threadpool

from leads.errors import FieldError, InvalidInput
from serving.clock import Clock
from serving.events.aside import Aside
from serving.http.access import needs
from serving.http.answers import (
    EventsAnswer,
    EventsProblem,
    SetAsideAnswer,
    SetAsideEvent,
)
from serving.http.bodies import read_list
from serving.http.keys import KeyFile
from serving.http.metrics import Metrics
from serving.http.parameters import Wait
from serving.http.problems import problem
from serving.http.routing import Read
from serving.http.schemas import MOST_EVENTS, REF
from serving.http.statuses import BUSY, TIMEOUT, answer
from serving.http.waiting import Waiting
from serving.intake.intake import Accepted, Intake

_BATCH = {
    "requestBody": {
        "required": True,
        "content": {
            media: {
                "schema": {
                    "type": "array",
                    "minItems": 1,
                    "maxItems": MOST_EVENTS,
                    "items": {"$ref": f"{REF}CloudEvent"},
                }
            }
            for media in ("application/cloudevents-batch+json", "application/json")
        },
    }
}

_REFUSED: dict[int | str, dict[str, Any]] = {
    422: {"model": EventsProblem, "description": "no JSON array of events, or one of which every event was refused"}
}


def router(keys: KeyFile, clock: Clock, intake: Intake, aside: Aside, waiting: Waiting, metrics: Metrics) -> APIRouter:
    """/events."""
    both = APIRouter(route_class=Read, tags=["events"], dependencies=[needs(keys, "crm", "dialer")])
    admin = APIRouter(route_class=Read, tags=["events"], dependencies=[needs(keys)])

    @both.post(
        "/events",
        status_code=202,
        response_model=EventsAnswer,
        responses=BUSY | TIMEOUT | _REFUSED,
        openapi_extra=_BATCH,
    )
    async def post_events(request: Request, wait: Wait = None) -> Response:
        """Take in a CloudEvents batch.

        An event is durable before the answer and counts once, however often it is sent (by source and id). Each item is
        answered for itself; where every one was refused the answer is 422.
        """
        body = await request.body()
        return await run_in_threadpool(taken_in, request.state.scope, body, wait is not None)

    @admin.get("/events/set-aside", response_model=SetAsideAnswer)
    def get_set_aside() -> Response:
        """List what could not be put through.

        Events that change nothing because nothing could be made of them, the newest last, and customers who are handed
        to nobody because they cannot be scored or decided on.
        """
        names = SetAsideEvent.model_fields
        letters = aside.list()[-MOST_EVENTS:]
        events = [{name: getattr(letter, name) for name in names} for letter in letters]
        customers = [{"customer_id": name, "reason": why} for name, why in aside.unranked().items()]
        return answer({"events": events, "customers": customers})

    def taken_in(scope: str, body: bytes, wait: bool) -> Response:
        taken = intake.accept(read_list(body, MOST_EVENTS), clock.now(), scope)
        for outcome, count in (
            ("accepted", taken.accepted), ("duplicate", taken.duplicates), ("rejected", len(taken.rejected)),
        ):  # fmt: skip
            metrics.events.labels(outcome).inc(count)
        if taken.nothing:
            return _nothing_taken(taken)
        if wait:
            waiting.until(taken.position)
        return answer(taken, 202)

    joined = APIRouter()
    joined.include_router(both)
    joined.include_router(admin)
    return joined


def _nothing_taken(taken: Accepted) -> Response:
    """The answer where every event of a batch was refused."""
    errors = [FieldError(f"{item.index}", item.id, item.reason) for item in taken.rejected]
    counts = {"accepted": taken.accepted, "duplicates": taken.duplicates}
    rejected = [{"index": item.index, "id": item.id, "reason": item.reason} for item in taken.rejected]
    detail = f"none of {len(rejected)} events was accepted; the first: {rejected[0]['reason']}"
    return problem(InvalidInput.status, InvalidInput.title, detail, errors, more=counts | {"rejected": rejected})
