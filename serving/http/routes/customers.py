"""Routes for customers."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any, Literal, NotRequired

from fastapi import APIRouter, Request
from pydantic import ValidationError
from typing_extensions import TypedDict

from leads.errors import FieldError, InvalidInput
from serving.access.act import Act
from serving.clock import Clock, microseconds
from serving.events.stream import Stream
from serving.events.timeline import TimelineEvent, Timelines
from serving.http.access import Doorkeeper, needs, visit_of
from serving.http.answer import Answer, answer
from serving.http.bodies import BATCH, carries
from serving.http.parameters import Limit, Name, Wait
from serving.http.problems import FieldProblem, Problem, ProblemResponse, problem, shown
from serving.http.routing import Api
from serving.http.schemas import ApartRequest, Consent, Customer, CustomersRequest, NamedCustomer
from serving.http.statuses import NOT_FOUND, TIMEOUT, refusal
from serving.http.view import CustomerCards, CustomerView
from serving.http.waiting import Waiting
from serving.live.deletion import Deletion
from serving.live.remains import Remaining
from serving.meaning import Means
from serving.people.customers import Customers, Telling, Word
from serving.people.merging import Merging
from serving.people.people import ConflictAnswer, People
from serving.scoring.models import Models
from serving.strict import field_errors

_PAIR = NOT_FOUND | {409: refusal("they are not one customer, or are one already")}


class CustomerAnswer(TypedDict):
    customer_id: Annotated[str, Means("the id under which the customer is kept")]
    merged: Annotated[list[str], Means("ids that are now the same customer")]
    created: bool
    position: str


class RefusedCustomer(TypedDict):
    index: int
    customer_id: str | None
    errors: list[FieldProblem]


class CustomersAnswer(TypedDict):
    results: list[CustomerAnswer]
    rejected: list[RefusedCustomer]


class CustomersProblem(Problem):
    """Also what became of a batch, where each of its customers was refused."""

    results: NotRequired[list[CustomerAnswer]]
    rejected: NotRequired[list[RefusedCustomer]]


_ALL_REFUSED: dict[int | str, dict[str, Any]] = {
    422: refusal("no list of customers, or one of which every customer was refused", CustomersProblem)
}


class TimelineAnswer(TypedDict):
    customer_id: str
    events: list[TimelineEvent]
    complete: Annotated[bool, Means("false where a file of older events is damaged and could not be read")]


class ConflictsAnswer(TypedDict):
    conflicts: list[ConflictAnswer]


class UnmergedAnswer(TypedDict):
    customer_id: str
    unmerged: Annotated[str, Means("the id under which the other one is kept now")]
    position: str


class MergedAnswer(TypedDict):
    customer_id: Annotated[str, Means("the id that survives")]
    merged: Annotated[list[str], Means("all other ids of the customer")]
    position: str


class ErasedAnswer(TypedDict):
    customer_id: str
    erased: Annotated[bool, Means("false where a legal hold makes it a restriction")]
    restricted: Annotated[bool, Means("under a legal hold: gone from everywhere, and sealed until that is lifted")]
    lake: Literal["erased", "pending"]
    remaining: Annotated[list[Remaining], Means("every copy that does not go at once, and until when")]


def router(
    doorkeeper: Doorkeeper, clock: Clock, customers: Customers, people: People, merging: Merging, deletion: Deletion,
    cards: CustomerCards, timelines: Timelines, models: Models, stream: Stream, waiting: Waiting,
) -> APIRouter:  # fmt: skip
    """/customers and /conflicts."""
    routes = Api("customers")
    read = [needs(doorkeeper, Act.READ_CUSTOMER, rows=True)]
    tell, judge = [needs(doorkeeper, Act.TELL_CUSTOMER)], [needs(doorkeeper, Act.JUDGE_IDENTITY)]

    @routes.put("/customers/{customer_id}", dependencies=tell, responses=TIMEOUT)
    def put_customer(body: Customer, customer_id: Name, request: Request, wait: Wait = None) -> Answer[CustomerAnswer]:
        """Tell what is known of a customer.

        What is not told stays as it is, and null takes it away. Ids with the same phone, e-mail or WeChat id are one
        customer; the answer names the id that survives.
        """
        visit_of(request).saw(customer_id)
        told = _told(customers, stream, customer_id, body, clock.now(), visit_of(request).principal.id)
        if wait is not None:
            waiting.until(told["position"])
        return answer(told)

    @routes.post("/customers", dependencies=tell, responses=TIMEOUT | _ALL_REFUSED)
    @carries(BATCH)
    def post_customers(
        body: CustomersRequest, request: Request, wait: Wait = None
    ) -> Answer[CustomersAnswer] | ProblemResponse:
        """Tell what is known of many customers, each answered for itself; where every one was refused it is 422."""
        answered = _told_many(customers, stream, body.customers, clock.now(), visit_of(request).principal.id)
        visit_of(request).saw(*(one["customer_id"] for one in answered["results"]))
        if not answered["results"]:
            return _nothing_told(answered)
        if wait is not None:
            waiting.until(stream.position())
        return answer(answered)

    @routes.get("/customers/{customer_id}", dependencies=read, responses=NOT_FOUND)
    def get_customer(customer_id: Name, request: Request) -> Answer[CustomerView]:
        """A customer: what was told, where they stand, what they hold, their scores and next action."""
        models.look()
        contact = customers.known(customer_id)
        visit_of(request).require_customer(contact.customer_id)
        return answer(cards.of(contact, clock.now()))

    @routes.get("/customers/{customer_id}/timeline", dependencies=read, responses=NOT_FOUND)
    def get_timeline(customer_id: Name, request: Request, limit: Limit = 100) -> Answer[TimelineAnswer]:
        """What happened to a customer, the latest first."""
        ids = customers.all_ids(customers.known(customer_id).customer_id)
        visit_of(request).require_customer(ids[0])
        now = clock.now()
        found, complete = timelines.read(ids, now, limit)
        return answer({"customer_id": ids[0], "events": found, "complete": complete})

    @routes.get("/conflicts", dependencies=[needs(doorkeeper, Act.READ_CONFLICTS)])
    def get_conflicts(request: Request) -> Answer[ConflictsAnswer]:
        """People who share an identity and are not one, for review."""
        found = people.conflicts()
        visit_of(request).saw(*(name for conflict in found for name in conflict.customers))
        return answer({"conflicts": found})

    @routes.post("/customers/{customer_id}/unmerge", dependencies=judge, responses=_PAIR)
    def post_unmerge(body: ApartRequest, customer_id: Name, request: Request) -> Answer[UnmergedAnswer]:
        """Take back that another id was merged with the customer: they are as if they had never been one."""
        visit_of(request).saw(customer_id, body.customer_id)
        at = microseconds(clock.now())
        kept, gone = merging.unmerge(customer_id, body.customer_id, body.by, body.reason, at)
        position = stream.position()
        waiting.reflected(position)
        return answer({"customer_id": kept, "unmerged": gone, "position": position})

    @routes.post("/customers/{customer_id}/merge", dependencies=judge, responses=_PAIR)
    def post_merge(body: ApartRequest, customer_id: Name, request: Request) -> Answer[MergedAnswer]:
        """Make two customers one, also where a person had said that they are not.

        The answer comes once whatever either of them refused counts for both, or after as long as a request may wait.
        """
        visit_of(request).saw(customer_id, body.customer_id)
        at = microseconds(clock.now())
        kept = merging.merge(customer_id, body.customer_id, body.by, body.reason, at)
        merged, position = customers.all_ids(kept)[1:], stream.position()
        waiting.reflected(position)
        return answer({"customer_id": kept, "merged": merged, "position": position})

    @routes.delete(
        "/customers/{customer_id}", dependencies=[needs(doorkeeper, Act.ERASE_CUSTOMER)], responses=NOT_FOUND
    )
    def delete_customer(customer_id: Name, request: Request) -> Answer[ErasedAnswer]:
        """Forget a customer for good.

        Hot state forgets at once, the lake within seconds; they are not taken in again under any of their ids. Under
        a legal hold all that was kept is sealed until that is lifted.
        """
        visit_of(request).saw(customer_id)
        done = deletion.delete(customer_id, clock.now())
        return answer({
            "customer_id": customer_id,
            "erased": not done.restricted,
            "restricted": done.restricted,
            "lake": "erased" if done.lake else "pending",
            "remaining": done.remaining,
        })  # fmt: skip

    return routes


def _told(
    customers: Customers, stream: Stream, customer_id: str, body: Customer, now: datetime, by: str
) -> CustomerAnswer:
    telling = Telling(
        tags=body.tags,
        identities=body.identities.model_dump(exclude_unset=True),
        consents={purpose: _word(said) for purpose, said in body.consents.items()},
        timezone=body.timezone,
    )
    told = customers.tell(customer_id, telling, now, by)
    return {
        "customer_id": told.customer_id,
        "merged": list(told.merged),
        "created": told.created,
        "position": stream.position(),
    }


def _word(said: bool | Consent | None) -> bool | Word | None:
    """A word as it is told, with its proof where there is one."""
    if not isinstance(said, Consent):
        return said
    at = None if said.at is None else said.at.isoformat()
    return Word(said.given, at, said.by, said.source, said.text)


def _told_many(customers: Customers, stream: Stream, items: list[Any], now: datetime, by: str) -> CustomersAnswer:
    results: list[CustomerAnswer] = []
    rejected: list[RefusedCustomer] = []
    for index, item in enumerate(items):
        try:
            body = NamedCustomer.model_validate(item)
            results.append(_told(customers, stream, body.customer_id, body, now, by))
        except ValidationError as error:
            rejected.append(_refused(index, item, field_errors(error.errors())))
        except InvalidInput as error:
            rejected.append(_refused(index, item, list(error.errors)))
    return {"results": results, "rejected": rejected}


def _nothing_told(answered: CustomersAnswer) -> ProblemResponse:
    """The answer where every customer of a batch was refused."""
    told = [(item["index"], error) for item in answered["rejected"] for error in item["errors"]]
    errors = [FieldError(f"{index}.{error['field']}", error["value"], error["reason"]) for index, error in told]
    detail = f"none of {len(answered['rejected'])} customers was accepted; the first: {errors[0]}"
    return problem(InvalidInput.status, InvalidInput.title, detail, errors, more=answered)


def _refused(index: int, item: Any, errors: list[FieldError]) -> RefusedCustomer:
    named = item.get("customer_id") if isinstance(item, Mapping) else None
    return {"index": index, "customer_id": named if isinstance(named, str) else None, "errors": shown(errors)}
