"""Routes for queues and leases."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Header, Request
from pydantic import ValidationError
from typing_extensions import TypedDict

from features.configuration import Configuration
from leads.configuration.spelling import spell
from leads.configuration.workspace import Workspace
from leads.errors import Forbidden, InvalidInput, NextleadError
from serving.access.act import Act
from serving.access.policy import Right
from serving.clock import Clock
from serving.desk.agents import Register
from serving.http.access import Doorkeeper, Visit, needs, visit_of
from serving.http.answer import Answer, answer
from serving.http.api_key import KeyLimits
from serving.http.bodies import MANY, carries
from serving.http.parameters import Limit, Name
from serving.http.problems import FieldProblem, shown
from serving.http.repeated_requests import Idempotency
from serving.http.repeated_requests import Request as Asked
from serving.http.routing import Api
from serving.http.schemas import (
    ClaimRequest,
    CompleteMany,
    CompleteRequest,
    LeaseRequest,
    NamedCompletion,
    RenewRequest,
)
from serving.http.statuses import BUSY, NOT_FOUND, STALE
from serving.managers.overview import Overview, QueuesAnswer
from serving.meaning import Means
from serving.queue.claims import ClaimAnswer, Claims
from serving.queue.completions import Completions, Outcome
from serving.queue.lease import Lease, LeaseState, Wanted, ended, held
from serving.queue.leases import Leases
from serving.queue.places import QueueItem
from serving.queue.queue_names import QueueNames
from serving.queue.waiting_leads import WaitingLeads
from serving.scoring.models import Models
from serving.stopwatch import Tell
from serving.strict import field_errors


class QueueAnswer(TypedDict):
    queue: str
    size: int
    items: list[QueueItem]


class CompletionResult(TypedDict):
    lease_id: Annotated[str | None, Means("null where the item names none")]
    status: int
    state: Literal["completed"] | None
    customer_id: str | None
    detail: str | None
    errors: Annotated[list[FieldProblem], Means("what was refused of the item, field by field")]


class CompletionsAnswer(TypedDict):
    results: list[CompletionResult]


def router(
    doorkeeper: Doorkeeper, clock: Clock, configuration: Configuration, models: Models, names: QueueNames,
    waiting: WaitingLeads, leases: Leases, overview: Overview,
    claims: Claims, completions: Completions, idempotency: Idempotency, register: Register,
    tell: Tell | None = None,
) -> APIRouter:  # fmt: skip
    """/queues and /leases. tell: what the parts of a claim cost."""
    routes = Api("queues")
    work = [needs(doorkeeper, Act.WORK_LEASE, rows=True)]

    @routes.get("/queues", dependencies=[needs(doorkeeper, Act.READ_QUEUES)])
    def get_queues() -> Answer[QueuesAnswer]:
        """How much waits in each queue, in which state, and for how long."""
        return answer(overview.queues(clock.now()))

    @routes.get("/queues/{queue}", dependencies=[needs(doorkeeper, Act.READ_HEAD)], responses=NOT_FOUND)
    def get_queue(queue: Name, request: Request, limit: Limit = 20) -> Answer[QueueAnswer]:
        """The head of a queue, without claiming."""
        items = waiting.head(queue, limit, clock.now())
        visit_of(request).saw(*(item.customer_id for item in items))
        return answer({"queue": queue, "size": waiting.size(queue), "items": items})

    @routes.post(
        "/queues/{queue}/claim", dependencies=[needs(doorkeeper, Act.CLAIM, rows=True)], responses=NOT_FOUND | BUSY
    )
    def post_claim(
        queue: Name,
        body: ClaimRequest,
        request: Request,
        idempotency_key: Annotated[str | None, Header(min_length=1, max_length=256)] = None,
    ) -> Answer[ClaimAnswer]:
        """Take the next leads for an agent, who alone holds them until the leases end.

        An empty list is a good answer; `limits` say why there are fewer leads than were asked for. With an
        Idempotency-Key the same request gets the same answer for ten minutes.
        """
        models.look()
        names.require(queue)
        visit = visit_of(request)
        visit.right.require_agent(body.agent_id)
        _require_own(visit.limits, body.agent_id, register)

        def act() -> ClaimAnswer:
            return claims.claim(queue, _wanted(body, visit), clock.now(), tell)

        if idempotency_key is None:
            found = act()
        else:
            content = f"claim {queue} {body.model_dump_json()}"
            found = idempotency.once(Asked(visit.principal.id, idempotency_key, content), act)
        visit.saw(*(lease["customer_id"] for lease in found["leases"]))
        return answer(found)

    @routes.post("/leases/complete", dependencies=work)
    @carries(MANY)
    def post_complete_many(body: CompleteMany, request: Request) -> Answer[CompletionsAnswer]:
        """Say what came of several calls, each answered for itself."""
        now, visit = clock.now(), visit_of(request)
        results = [_completed(configuration, completions, visit.right, item, now) for item in body.leases]
        visit.saw(*(one["customer_id"] for one in results if one["customer_id"] is not None))
        return answer({"results": results})

    @routes.post("/leases/{lease_id}/renew", dependencies=work, responses=NOT_FOUND | STALE)
    def post_renew(lease_id: Name, body: RenewRequest, request: Request) -> Answer[LeaseState]:
        """Hold a lead for longer.

        A lease lasts as long as the key lets leases last, renewals included: `expires_at` tells until when.
        """
        visit = visit_of(request)
        visit.right.require_lease(lease_id)
        now, most = clock.now(), visit.limits.lease_seconds
        ends, longest = now + timedelta(seconds=body.lease_seconds), None if most is None else timedelta(seconds=most)
        lease = leases.renew(lease_id, body.token, ends, now, longest)
        visit.saw(lease.customer_id)
        return answer(held(lease))

    @routes.post("/leases/{lease_id}/release", dependencies=work, responses=NOT_FOUND | STALE)
    def post_release(lease_id: Name, body: LeaseRequest, request: Request) -> Answer[LeaseState]:
        """Give a lead back to its place, as if it had never been claimed."""
        visit = visit_of(request)
        visit.right.require_lease(lease_id)
        lease = leases.release(lease_id, body.token, clock.now())
        visit.saw(lease.customer_id)
        return answer(ended(lease, "released"))

    @routes.post("/leases/{lease_id}/complete", dependencies=work, responses=NOT_FOUND | STALE)
    def post_complete(lease_id: Name, body: CompleteRequest, request: Request) -> Answer[LeaseState]:
        """Say what came of the call, which ends the lease."""
        visit = visit_of(request)
        visit.right.require_lease(lease_id)
        lease = _complete(configuration, completions, lease_id, body, clock.now())
        visit.saw(lease.customer_id)
        return answer(ended(lease, "completed"))

    return routes


def _wanted(body: ClaimRequest, visit: Visit) -> Wanted:
    skills, regions, languages = tuple(body.skills), tuple(body.regions), tuple(body.languages)
    seconds = visit.limits.lease(body.lease_seconds)
    wanted = Wanted(body.agent_id, body.limit, seconds, skills, regions, languages)
    limits = visit.limits
    return replace(wanted, key=visit.principal.id, most_of_key=limits.held, hourly_of_key=limits.hourly)


def _require_own(limits: KeyLimits, agent_id: str, register: Register) -> None:
    """Raises Forbidden where the key claims for others than this agent."""
    if not (limits.agents or limits.teams):
        return
    agent = register.find(agent_id)
    if not limits.lets(agent_id, None if agent is None else agent.team):
        allowed = [*(f"agent {name}" for name in limits.agents), *(f"team {name}" for name in limits.teams)]
        raise Forbidden(f"this key claims for {', '.join(allowed)} alone")


def _complete(
    configuration: Configuration, completions: Completions, lease_id: str, body: CompleteRequest, now: datetime
) -> Lease:
    outcome = _outcome(configuration.workspace, body)
    configuration.catalogue.queue.queueing.check_callback(outcome.disposition, body.callback_at, now)
    return completions.complete(lease_id, body.token, outcome, now)


def _completed(
    configuration: Configuration, completions: Completions, right: Right, item: Any, now: datetime
) -> CompletionResult:
    """One of several, answered for itself."""
    named = item.get("lease_id") if isinstance(item, Mapping) else None
    answered: CompletionResult = {
        "lease_id": named if isinstance(named, str) else None,
        "status": 200,
        "state": None,
        "customer_id": None,
        "detail": None,
        "errors": [],
    }
    try:
        body = _read(item)
        right.require_lease(body.lease_id)
        lease = _complete(configuration, completions, body.lease_id, body, now)
    except NextleadError as error:
        return {**answered, "status": error.status, "detail": error.detail, "errors": shown(error.errors)}
    return {**answered, "state": "completed", "customer_id": lease.customer_id}


def _read(item: Any) -> NamedCompletion:
    try:
        return NamedCompletion.model_validate(item)
    except ValidationError as error:
        raise InvalidInput.of(field_errors(error.errors())) from error


def _outcome(workspace: Workspace, body: CompleteRequest) -> Outcome:
    """In the workspace's words. Raises InvalidInput for a disposition or a product that there is not."""
    disposition, outcome = workspace.dispositions.read("disposition", body.disposition), body.outcome
    if isinstance(outcome, dict):
        outcome = {name: spell(workspace, "", name, value, f"outcome.{name}") for name, value in outcome.items()}
    details = {"talk_seconds": body.talk_seconds, "outcome": outcome, "note": body.note}
    told = {name: value for name, value in details.items() if value is not None}
    return Outcome(disposition, body.talk_seconds, body.callback_at, told, body.phone)
