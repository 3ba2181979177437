"""Routes for customers."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from fastapi import APIRouter, Response
from pydantic import ValidationError

from leads.errors import FieldError, InvalidInput
from serving.clock import Clock, microseconds
from serving.events.stream import Stream
from serving.events.timeline import Timelines
from serving.http.access import needs
from serving.http.answers import (
    ConflictsAnswer,
    CustomerAnswer,
    CustomersAnswer,
    CustomerView,
    ErasedAnswer,
    MergedAnswer,
    Problem,
    TimelineAnswer,
    UnmergedAnswer,
)
from serving.http.keys import KeyFile
from serving.http.parameters import Limit, Name, Wait
from serving.http.problems import plain
from serving.http.routing import Read
from serving.http.schemas import ApartRequest, Customer, CustomersRequest, NamedCustomer
from serving.http.statuses import NOT_FOUND, TIMEOUT, answer
from serving.http.view import CustomerCards
from serving.http.waiting import Waiting
from serving.live.erasure import Erasure
from serving.people.customers import Customers, Telling
from serving.people.people import People
from serving.scoring.models import Models
from serving.strict import field_errors

_PAIR = NOT_FOUND | {409: {"model": Problem, "description": "they are not one customer, or are one already"}}


def router(
    keys: KeyFile, clock: Clock, customers: Customers, people: People, erasure: Erasure, cards: CustomerCards,
    timelines: Timelines, models: Models, stream: Stream, waiting: Waiting,
) -> APIRouter:  # fmt: skip
    """/customers and /conflicts."""
    routes = APIRouter(route_class=Read, tags=["customers"], dependencies=[needs(keys, "crm")])

    @routes.put("/customers/{customer_id}", response_model=CustomerAnswer, responses=TIMEOUT)
    def put_customer(body: Customer, customer_id: Name, wait: Wait = None) -> Response:
        """Tell what is known of a customer.

        What is not told stays as it is, and null takes it away. Ids with the same phone, e-mail or WeChat id are one
        customer; the answer names the id that survives.
        """
        told = _told(customers, customer_id, body, clock.now()) | {"position": stream.position()}
        if wait is not None:
            waiting.until(told["position"])
        return answer(told)

    @routes.post("/customers", response_model=CustomersAnswer, responses=TIMEOUT)
    def post_customers(body: CustomersRequest, wait: Wait = None) -> Response:
        """Tell what is known of many customers, each answered for itself."""
        answered = _told_many(customers, stream, body.customers, clock.now())
        if wait is not None:
            waiting.until(stream.position())
        return answer(answered)

    @routes.get("/customers/{customer_id}", response_model=CustomerView, responses=NOT_FOUND)
    def get_customer(customer_id: Name) -> Response:
        """A customer: what was told, where they stand, what they hold, their scores and next action."""
        models.look()
        return answer(cards.of(customers.known(customer_id), clock.now()))

    @routes.get("/customers/{customer_id}/timeline", response_model=TimelineAnswer, responses=NOT_FOUND)
    def get_timeline(customer_id: Name, limit: Limit = 100) -> Response:
        """What happened to a customer, the latest first."""
        ids = customers.all_ids(customers.known(customer_id).customer_id)
        now = clock.now()
        found, complete = timelines.read(ids, now, limit)
        return answer({"customer_id": ids[0], "events": found, "complete": complete})

    @routes.get("/conflicts", response_model=ConflictsAnswer)
    def get_conflicts() -> Response:
        """People who share an identity and are not one, for review."""
        return answer({"conflicts": people.conflicts()})

    @routes.post("/customers/{customer_id}/unmerge", response_model=UnmergedAnswer, responses=_PAIR)
    def post_unmerge(body: ApartRequest, customer_id: Name) -> Response:
        """Take back that another id was merged with the customer: they are as if they had never been one."""
        at = microseconds(clock.now())
        kept, gone = people.unmerge(customer_id, body.customer_id, body.by, body.reason, at)
        return answer({"customer_id": kept, "unmerged": gone, "position": stream.position()})

    @routes.post("/customers/{customer_id}/merge", response_model=MergedAnswer, responses=_PAIR)
    def post_merge(body: ApartRequest, customer_id: Name) -> Response:
        """Make two customers one, also where a person had said that they are not."""
        at = microseconds(clock.now())
        kept = people.merge(customer_id, body.customer_id, body.by, body.reason, at)
        merged = customers.all_ids(kept)[1:]
        return answer({"customer_id": kept, "merged": merged, "position": stream.position()})

    @routes.delete("/customers/{customer_id}", response_model=ErasedAnswer, responses=NOT_FOUND)
    def delete_customer(customer_id: Name) -> Response:
        """Forget a customer for good.

        Hot state forgets at once, the lake within seconds; they are not taken in again under any of their ids.
        """
        done = erasure.erase(customer_id, clock.now())
        return answer({"customer_id": customer_id, "erased": True, "lake": "erased" if done else "pending"})

    return routes


def _told(customers: Customers, customer_id: str, body: Customer, now: datetime) -> dict[str, Any]:
    telling = Telling(
        tags=body.tags,
        identities=body.identities.model_dump(exclude_unset=True),
        consents=body.consents,
        timezone=body.timezone,
    )
    told = customers.tell(customer_id, telling, now)
    return {"customer_id": told.customer_id, "merged": told.merged, "created": told.created}


def _told_many(customers: Customers, stream: Stream, items: list[Any], now: datetime) -> dict[str, Any]:
    results, rejected = [], []
    for index, item in enumerate(items):
        try:
            body = NamedCustomer.model_validate(item)
            told = _told(customers, body.customer_id, body, now)
            results.append(told | {"position": stream.position()})
        except ValidationError as error:
            rejected.append(_refused(index, item, field_errors(error.errors())))
        except InvalidInput as error:
            rejected.append(_refused(index, item, list(error.errors)))
    return {"results": results, "rejected": rejected}


def _refused(index: int, item: Any, errors: list[FieldError]) -> dict[str, Any]:
    named = item.get("customer_id") if isinstance(item, Mapping) else None
    shown = [{"field": e.field, "value": plain(e.value), "reason": e.reason} for e in errors]
    return {"index": index, "customer_id": named if isinstance(named, str) else None, "errors": shown}
