"""Routes for events and customers."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any

from fastapi import APIRouter, Request, Response
from fastapi.concurrency import run_in_threadpool
from pydantic import ValidationError

from leads.errors import FieldError, InvalidInput, TimedOut
from serving.clock import microseconds
from serving.events import timeline
from serving.http.access import needs
from serving.http.answering import BUSY, NOT_FOUND, TIMEOUT, Context, answer
from serving.http.answers import (
    ConflictsAnswer,
    CustomerAnswer,
    CustomersAnswer,
    CustomerView,
    ErasedAnswer,
    EventsAnswer,
    EventsProblem,
    MergedAnswer,
    Problem,
    SetAsideAnswer,
    SetAsideEvent,
    TimelineAnswer,
    UnmergedAnswer,
)
from serving.http.bodies import read_list
from serving.http.parameters import Limit, Name, Wait
from serving.http.problems import plain, problem
from serving.http.routing import Read
from serving.http.schemas import MOST_EVENTS, REF, ApartRequest, Customer, CustomersRequest, NamedCustomer
from serving.http.view import view
from serving.intake.intake import Accepted, accept
from serving.people.customers import Telling, all_ids, erase, known, tell
from serving.services import Services
from serving.strict import field_errors

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
_PAIR = NOT_FOUND | {409: {"model": Problem, "description": "they are not one customer, or are one already"}}


def router(context: Context) -> APIRouter:
    """/events and /customers."""
    keys = context.services.keys
    both = APIRouter(route_class=Read, tags=["events"], dependencies=[needs(keys, "crm", "dialer")])
    routes = APIRouter(route_class=Read, tags=["customers"], dependencies=[needs(keys, "crm")])
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
        return await run_in_threadpool(_take_in, context, request.state.scope, body, wait is not None)

    @admin.get("/events/set-aside", response_model=SetAsideAnswer)
    def get_set_aside() -> Response:
        """List what could not be put through.

        Events that change nothing because nothing could be made of them, the newest last, and customers who are handed
        to nobody because they cannot be scored or decided on.
        """
        services = context.services
        names = SetAsideEvent.model_fields
        letters = services.aside.list()[-MOST_EVENTS:]
        events = [{name: getattr(letter, name) for name in names} for letter in letters]
        customers = [{"customer_id": name, "reason": why} for name, why in services.aside.unranked().items()]
        return answer({"events": events, "customers": customers})

    @routes.put("/customers/{customer_id}", response_model=CustomerAnswer, responses=TIMEOUT)
    def put_customer(body: Customer, customer_id: Name, wait: Wait = None) -> Response:
        """Tell what is known of a customer.

        What is not told stays as it is, and null takes it away. Ids with the same phone, e-mail or WeChat id are one
        customer; the answer names the id that survives.
        """
        services = context.services
        told = _told(services, customer_id, body)
        if wait is not None:
            await_applied(services, told["position"])
        return answer(told)

    @routes.post("/customers", response_model=CustomersAnswer, responses=TIMEOUT)
    def post_customers(body: CustomersRequest, wait: Wait = None) -> Response:
        """Tell what is known of many customers, each answered for itself."""
        services = context.services
        answered = _told_many(services, body.customers)
        if wait is not None:
            await_applied(services, services.stream.position())
        return answer(answered)

    @routes.get("/customers/{customer_id}", response_model=CustomerView, responses=NOT_FOUND)
    def get_customer(customer_id: Name) -> Response:
        """A customer: what was told, where they stand, what they hold, their scores and next action."""
        services = context.current()
        return answer(view(services, context.freshness, known(services, customer_id), services.clock.now()))

    @routes.get("/customers/{customer_id}/timeline", response_model=TimelineAnswer, responses=NOT_FOUND)
    def get_timeline(customer_id: Name, limit: Limit = 100) -> Response:
        """What happened to a customer, the latest first."""
        services = context.services
        ids = all_ids(services, known(services, customer_id).customer_id)
        now = services.clock.now()
        found, complete = timeline.read(services.client, services.keyspace, services.home, ids, now, limit)
        return answer({"customer_id": ids[0], "events": found, "complete": complete})

    @routes.get("/conflicts", response_model=ConflictsAnswer)
    def get_conflicts() -> Response:
        """People who share an identity and are not one, for review."""
        return answer({"conflicts": context.services.people.conflicts()})

    @routes.post("/customers/{customer_id}/unmerge", response_model=UnmergedAnswer, responses=_PAIR)
    def post_unmerge(body: ApartRequest, customer_id: Name) -> Response:
        """Take back that another id was merged with the customer: they are as if they had never been one."""
        services = context.services
        at = microseconds(services.clock.now())
        kept, gone = services.people.unmerge(customer_id, body.customer_id, body.by, body.reason, at)
        return answer({"customer_id": kept, "unmerged": gone, "position": services.stream.position()})

    @routes.post("/customers/{customer_id}/merge", response_model=MergedAnswer, responses=_PAIR)
    def post_merge(body: ApartRequest, customer_id: Name) -> Response:
        """Make two customers one, also where a person had said that they are not."""
        services = context.services
        at = microseconds(services.clock.now())
        kept = services.people.merge(customer_id, body.customer_id, body.by, body.reason, at)
        merged = all_ids(services, kept)[1:]
        return answer({"customer_id": kept, "merged": merged, "position": services.stream.position()})

    @routes.delete("/customers/{customer_id}", response_model=ErasedAnswer, responses=NOT_FOUND)
    def delete_customer(customer_id: Name) -> Response:
        """Forget a customer for good.

        Hot state forgets at once, the lake within seconds; they are not taken in again under any of their ids.
        """
        done = erase(context.services, customer_id, context.services.clock.now())
        return answer({"customer_id": customer_id, "erased": True, "lake": "erased" if done else "pending"})

    joined = APIRouter()
    joined.include_router(both)
    joined.include_router(admin)
    joined.include_router(routes)
    return joined


def _take_in(context: Context, scope: str, body: bytes, wait: bool) -> Response:
    services = context.services
    taken = accept(services, read_list(body, MOST_EVENTS), services.clock.now(), scope)
    for outcome, count in (
        ("accepted", taken.accepted), ("duplicate", taken.duplicates), ("rejected", len(taken.rejected)),
    ):  # fmt: skip
        context.metrics.events.labels(outcome).inc(count)
    if taken.nothing:
        return _nothing_taken(taken)
    if wait:
        await_applied(services, taken.position)
    return answer(taken, 202)


def _nothing_taken(taken: Accepted) -> Response:
    """The answer where every event of a batch was refused."""
    errors = [FieldError(f"{item.index}", item.id, item.reason) for item in taken.rejected]
    counts = {"accepted": taken.accepted, "duplicates": taken.duplicates}
    rejected = [{"index": item.index, "id": item.id, "reason": item.reason} for item in taken.rejected]
    detail = f"none of {len(rejected)} events was accepted; the first: {rejected[0]['reason']}"
    return problem(InvalidInput.status, InvalidInput.title, detail, errors, more=counts | {"rejected": rejected})


def await_applied(services: Services, position: str) -> None:
    """Until the queue reflects everything up to a position; raises TimedOut after the declared bound."""
    deadline = time.monotonic() + services.settings.wait_bound.total_seconds()
    while not services.stream.reached(position):
        if time.monotonic() > deadline:
            raise TimedOut("accepted and durable, not applied yet; do not send it again")
        time.sleep(0.003)


def _told(services: Services, customer_id: str, body: Customer) -> dict[str, Any]:
    telling = Telling(
        tags=body.tags,
        identities=body.identities.model_dump(exclude_unset=True),
        consents=body.consents,
        timezone=body.timezone,
    )
    told = tell(services, customer_id, telling, services.clock.now())
    return {
        "customer_id": told.customer_id,
        "merged": told.merged,
        "created": told.created,
        "position": services.stream.position(),
    }


def _told_many(services: Services, items: list[Any]) -> dict[str, Any]:
    results, rejected = [], []
    for index, item in enumerate(items):
        try:
            body = NamedCustomer.model_validate(item)
            results.append(_told(services, body.customer_id, body))
        except ValidationError as error:
            rejected.append(_refused(index, item, field_errors(error.errors())))
        except InvalidInput as error:
            rejected.append(_refused(index, item, list(error.errors)))
    return {"results": results, "rejected": rejected}


def _refused(index: int, item: Any, errors: list[FieldError]) -> dict[str, Any]:
    named = item.get("customer_id") if isinstance(item, Mapping) else None
    shown = [{"field": e.field, "value": plain(e.value), "reason": e.reason} for e in errors]
    return {"index": index, "customer_id": named if isinstance(named, str) else None, "errors": shown}
