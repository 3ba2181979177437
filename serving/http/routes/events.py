"""Routes for events."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated, Any, NotRequired

from fastapi import APIRouter, Request
from fastapi.concurrency import run_in_threadpool
from typing_extensions import TypedDict

from leads.errors import FieldError, InvalidInput
from serving.access.act import Act
from serving.clock import Clock
from serving.events.aside import Aside, Letter, Stage
from serving.http.access import Doorkeeper, Visit, needs, visit_of
from serving.http.answer import REF, Answer, answer
from serving.http.bodies import BATCH, carries, read_list
from serving.http.metrics import Metrics
from serving.http.parameters import Wait
from serving.http.problems import Problem, ProblemResponse, problem
from serving.http.routing import Api
from serving.http.schemas import MOST_EVENTS
from serving.http.statuses import BUSY, TIMEOUT, refusal
from serving.http.waiting import Waiting
from serving.intake.intake import EventsAnswer, Intake, RejectedItem
from serving.meaning import Means, Time

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


class EventsProblem(Problem):
    """Also what became of a batch, where each of its events was refused."""

    accepted: NotRequired[int]
    duplicates: NotRequired[int]
    rejected: NotRequired[list[RejectedItem]]


class SetAsideEvent(TypedDict):
    position: Annotated[str, Means("where it stood in the streams or the lake")]
    id: str
    source: str
    type: str
    customer_id: str
    at: Time
    stage: Annotated[Stage, Means("what it could not be put through")]
    reason: str


class UnrankedCustomer(TypedDict):
    customer_id: str
    reason: str


class SetAsideAnswer(TypedDict):
    """Events that change nothing because nothing could be made of them, and customers who are handed to nobody because
    they cannot be scored or decided on.
    """

    events: list[SetAsideEvent]
    customers: list[UnrankedCustomer]


_REFUSED: dict[int | str, dict[str, Any]] = {
    422: refusal("no JSON array of events, or one of which every event was refused", EventsProblem)
}


def router(
    doorkeeper: Doorkeeper, clock: Clock, intake: Intake, aside: Aside, waiting: Waiting, metrics: Metrics
) -> APIRouter:
    """/events."""
    told = Api("events", [needs(doorkeeper, Act.TELL_EVENTS)])
    kept = Api("events", [needs(doorkeeper, Act.READ_SET_ASIDE)])

    @told.post(
        "/events",
        status_code=202,
        responses=BUSY | TIMEOUT | _REFUSED,
        openapi_extra=_BATCH,
    )
    @carries(BATCH)
    async def post_events(request: Request, wait: Wait = None) -> Answer[EventsAnswer] | ProblemResponse:
        """Take in a CloudEvents batch.

        An event is durable before the answer and counts once, however often it is sent (by source and id). Each item is
        answered for itself; where every one was refused the answer is 422.
        """
        body, visit = await request.body(), visit_of(request)
        return await run_in_threadpool(taken_in, visit, body, wait is not None)

    @kept.get("/events/set-aside")
    def get_set_aside(request: Request) -> Answer[SetAsideAnswer]:
        """List what could not be put through.

        Events that change nothing because nothing could be made of them, the newest last, and customers who are handed
        to nobody because they cannot be scored or decided on.
        """
        customers: list[UnrankedCustomer] = [
            {"customer_id": name, "reason": why} for name, why in aside.unranked().items()
        ]
        events = [_set_aside(letter) for letter in aside.list()[-MOST_EVENTS:]]
        visit_of(request).saw(*(told["customer_id"] for told in (*events, *customers)))
        return answer({"events": events, "customers": customers})

    def taken_in(visit: Visit, body: bytes, wait: bool) -> Answer[EventsAnswer] | ProblemResponse:
        taken = intake.accept(read_list(body, MOST_EVENTS), clock.now(), visit.principal.role, visit.principal.id)
        visit.details["count"] = taken.accepted
        for outcome, count in (
            ("accepted", taken.accepted), ("duplicate", taken.duplicates), ("rejected", len(taken.rejected)),
        ):  # fmt: skip
            metrics.events.labels(outcome).inc(count)
        if taken.nothing:
            return _nothing_taken(taken)
        if wait:
            waiting.until(taken.position)
        return answer(taken, 202)

    told.routes.extend(kept.routes)
    return told


def _set_aside(letter: Letter) -> SetAsideEvent:
    return {
        "position": letter.position,
        "id": letter.id,
        "source": letter.source,
        "type": letter.type,
        "customer_id": letter.customer_id,
        "at": letter.at,
        "stage": letter.stage,
        "reason": letter.reason,
    }


def _nothing_taken(taken: EventsAnswer) -> ProblemResponse:
    """The answer where every event of a batch was refused."""
    errors = [FieldError(f"{item.index}", item.id, item.reason) for item in taken.rejected]
    detail = f"none of {len(errors)} events was accepted; the first: {errors[0].reason}"
    rejected = [asdict(item) for item in taken.rejected]
    more = {"accepted": taken.accepted, "duplicates": taken.duplicates, "rejected": rejected}
    return problem(InvalidInput.status, InvalidInput.title, detail, errors, more=more)
