"""Routes for managers: what is paused, pushed and taken back, who holds what, and who did what."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response

from features.configuration import Configuration
from leads.errors import NotFound
from serving.clock import Clock, written
from serving.desk.desk import Desk, Doing
from serving.http.access import needs
from serving.http.answers import (
    CampaignsAnswer,
    DeskLogAnswer,
    LeasesAnswer,
    LeaseState,
    PauseAnswer,
    PushedAnswer,
    RecallsAnswer,
)
from serving.http.keys import KeyFile
from serving.http.parameters import Limit, Name
from serving.http.routing import Read
from serving.http.schemas import ManagedRequest, PushRequest
from serving.http.statuses import NOT_FOUND, answer
from serving.managers.overview import Overview, lease_body
from serving.managers.pushing import Pushing
from serving.queue.queue import Queue


def router(
    keys: KeyFile,
    clock: Clock,
    configuration: Configuration,
    queues: Queue,
    desk: Desk,
    overview: Overview,
    pushing: Pushing,
) -> APIRouter:
    """Pauses, leases and recalls, pushes, and the log: for admins."""
    routes = APIRouter(route_class=Read, tags=["desk"], dependencies=[needs(keys)])

    @routes.post("/queues/{name}/pause", response_model=PauseAnswer, responses=NOT_FOUND)
    def pause_queue(name: Name, body: ManagedRequest, request: Request) -> Response:
        """Hand out nothing more of a queue."""
        queues.require(name)
        return _pause("queue", name, body, request)

    @routes.post("/queues/{name}/resume", response_model=PauseAnswer, responses=NOT_FOUND)
    def resume_queue(name: Name, body: ManagedRequest, request: Request) -> Response:
        """Hand out a queue's leads again."""
        queues.require(name)
        return _resume("queue", name, body, request)

    @routes.post("/campaigns/{name}/pause", response_model=PauseAnswer, responses=NOT_FOUND)
    def pause_campaign(name: Name, body: ManagedRequest, request: Request) -> Response:
        """Hand out nothing more of a campaign."""
        _require_campaign(name)
        return _pause("campaign", name, body, request)

    @routes.post("/campaigns/{name}/resume", response_model=PauseAnswer, responses=NOT_FOUND)
    def resume_campaign(name: Name, body: ManagedRequest, request: Request) -> Response:
        """Hand out a campaign's leads again."""
        _require_campaign(name)
        return _resume("campaign", name, body, request)

    @routes.get("/campaigns", response_model=CampaignsAnswer)
    def get_campaigns() -> Response:
        """What campaigns have used of their quotas, and how much waits in them."""
        return answer({"campaigns": overview.campaigns(clock.now())})

    @routes.get("/leases", response_model=LeasesAnswer)
    def get_leases(agent: str | None = None, queue: str | None = None, limit: Limit = 200) -> Response:
        """Who holds which leads, the longest held first."""
        found = queues.leases(clock.now())
        found = [lease for lease in found if agent in (None, lease.agent_id) and queue in (None, lease.queue)]
        return answer({"held": len(found), "leases": [lease_body(lease) for lease in found[:limit]]})

    @routes.post("/leases/{lease_id}/take-back", response_model=LeaseState, responses=NOT_FOUND)
    def post_take_back(lease_id: Name, body: ManagedRequest) -> Response:
        """End a lease for its agent: the lead goes back to its place."""
        lease = queues.take_back(lease_id, body.by, body.why, clock.now())
        told = {"lease_id": lease.id, "customer_id": lease.customer_id, "state": "taken_back", "expires_at": None}
        return answer(told)

    @routes.post("/queues/{queue}/push", response_model=PushedAnswer, responses=NOT_FOUND)
    def post_push(queue: Name, body: PushRequest) -> Response:
        """Put a customer before all others in a queue, until a call with them is completed."""
        customer_id = pushing.push(queue, body.customer_id, body.by, body.why, clock.now())
        return answer({"customer_id": customer_id, "queue": queue, "by": body.by, "why": body.why})

    @routes.get("/recalls", response_model=RecallsAnswer)
    def get_recalls(agent: str | None = None, limit: Limit = 200) -> Response:
        """Leads that were not worked in their service time and callbacks that were not kept, the latest first."""
        return answer({"recalls": overview.recalls(agent, limit)})

    @routes.get("/desk/log", response_model=DeskLogAnswer)
    def get_log(limit: Limit = 100) -> Response:
        """What managers did, the latest first."""
        return answer({"entries": desk.log(limit)})

    def _require_campaign(name: str) -> None:
        names = [campaign.name for campaign in configuration.catalogue.campaigns]
        if name not in names:
            raise NotFound("campaign", name, f"one of {', '.join(names) or '(none declared)'}")

    def _pause(kind: str, name: str, body: ManagedRequest, request: Request) -> Response:
        doing = Doing(f"{kind}.paused", name, body.by, body.why, request.state.caller)
        pause = desk.pause(kind, doing, clock.now())
        told = {"kind": kind, "name": name, "paused": True, "by": pause.by, "why": pause.why}
        return answer(told | {"since": written(pause.since)})

    def _resume(kind: str, name: str, body: ManagedRequest, request: Request) -> Response:
        now = clock.now()
        desk.resume(kind, Doing(f"{kind}.resumed", name, body.by, body.why, request.state.caller), now)
        told = {"kind": kind, "name": name, "paused": False, "by": body.by, "why": body.why}
        return answer(told | {"since": written(now)})

    return routes
