"""Routes for managers: what is paused, pushed and taken back, who holds what, and who did what."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from fastapi import APIRouter, Request
from typing_extensions import TypedDict

from features.configuration import Configuration
from leads.errors import NotFound
from serving.access.act import Act
from serving.clock import Clock, written
from serving.desk.desk import Desk, DeskEntry, Doing
from serving.http.access import Doorkeeper, needs, visit_of
from serving.http.answer import Answer, answer
from serving.http.parameters import Limit, Name
from serving.http.routing import Api
from serving.http.schemas import ManagedRequest, PushRequest
from serving.http.statuses import NOT_FOUND
from serving.managers.campaigns import CampaignAnswer, Campaigns
from serving.managers.overview import HeldLease, lease_body
from serving.managers.pushing import Pushing
from serving.managers.recalled_leads import RecallAnswer, recalled_leads
from serving.meaning import Means, Time
from serving.queue.lease import LeaseState, ended
from serving.queue.leases import Leases
from serving.queue.queue_names import QueueNames
from serving.queue.recalls import Recalls

Paused = Literal["queue", "campaign"]
"""What can be paused."""


class PauseAnswer(TypedDict):
    kind: Paused
    name: str
    paused: bool
    by: str
    why: str
    since: Annotated[Time, Means("since when it is paused, or handed out again")]


class CampaignsAnswer(TypedDict):
    campaigns: list[CampaignAnswer]


class LeasesAnswer(TypedDict):
    held: Annotated[int, Means("all that match; the longest held come first")]
    leases: list[HeldLease]


class PushedAnswer(TypedDict):
    customer_id: str
    queue: str
    by: str
    why: str


class RecallsAnswer(TypedDict):
    recalls: Annotated[list[RecallAnswer], Means("latest first")]


class DeskLogAnswer(TypedDict):
    entries: Annotated[list[DeskEntry], Means("latest first")]


def router(
    doorkeeper: Doorkeeper,
    clock: Clock,
    configuration: Configuration,
    names: QueueNames,
    leases: Leases,
    desk: Desk,
    campaigns: Campaigns,
    recalls: Recalls,
    pushing: Pushing,
) -> APIRouter:
    """Pauses, leases and recalls, pushes, and the log."""
    routes = Api("desk")
    pause = [needs(doorkeeper, Act.PAUSE)]

    @routes.post("/queues/{name}/pause", dependencies=pause, responses=NOT_FOUND)
    def pause_queue(name: Name, body: ManagedRequest, request: Request) -> Answer[PauseAnswer]:
        """Hand out nothing more of a queue."""
        names.require(name)
        return _pause("queue", name, body, request)

    @routes.post("/queues/{name}/resume", dependencies=pause, responses=NOT_FOUND)
    def resume_queue(name: Name, body: ManagedRequest, request: Request) -> Answer[PauseAnswer]:
        """Hand out a queue's leads again."""
        names.require(name)
        return _resume("queue", name, body, request)

    @routes.post("/campaigns/{name}/pause", dependencies=pause, responses=NOT_FOUND)
    def pause_campaign(name: Name, body: ManagedRequest, request: Request) -> Answer[PauseAnswer]:
        """Hand out nothing more of a campaign."""
        _require_campaign(name)
        return _pause("campaign", name, body, request)

    @routes.post("/campaigns/{name}/resume", dependencies=pause, responses=NOT_FOUND)
    def resume_campaign(name: Name, body: ManagedRequest, request: Request) -> Answer[PauseAnswer]:
        """Hand out a campaign's leads again."""
        _require_campaign(name)
        return _resume("campaign", name, body, request)

    @routes.get("/campaigns", dependencies=[needs(doorkeeper, Act.READ_CAMPAIGNS)])
    def get_campaigns() -> Answer[CampaignsAnswer]:
        """What campaigns have used of their quotas, and how much waits in them."""
        return answer({"campaigns": campaigns.all(clock.now())})

    @routes.get("/leases", dependencies=[needs(doorkeeper, Act.READ_LEASES, rows=True)])
    def get_leases(
        request: Request, agent: str | None = None, queue: str | None = None, limit: Limit = 200
    ) -> Answer[LeasesAnswer]:
        """Who holds which leads, the longest held first."""
        found = leases.all(clock.now())
        seen = visit_of(request).right.agents([lease.agent_id for lease in found])
        found = [lease for lease in found if lease.agent_id in seen]
        found = [lease for lease in found if agent in (None, lease.agent_id) and queue in (None, lease.queue)]
        visit_of(request).saw(*(lease.customer_id for lease in found[:limit]))
        return answer({"held": len(found), "leases": [lease_body(lease) for lease in found[:limit]]})

    @routes.post(
        "/leases/{lease_id}/take-back", dependencies=[needs(doorkeeper, Act.TAKE_BACK, rows=True)], responses=NOT_FOUND
    )
    def post_take_back(lease_id: Name, body: ManagedRequest, request: Request) -> Answer[LeaseState]:
        """End a lease for its agent: the lead goes back to its place."""
        visit = visit_of(request)
        visit.right.require_lease(lease_id)
        lease = leases.take_back(lease_id, body.by, body.why, clock.now())
        visit.saw(lease.customer_id)
        return answer(ended(lease, "taken_back"))

    @routes.post("/queues/{queue}/push", dependencies=[needs(doorkeeper, Act.PUSH)], responses=NOT_FOUND)
    def post_push(queue: Name, body: PushRequest, request: Request) -> Answer[PushedAnswer]:
        """Put a customer before all others in a queue, until a call with them is completed."""
        visit_of(request).saw(body.customer_id)
        customer_id = pushing.push(queue, body.customer_id, body.by, body.why, clock.now())
        return answer({"customer_id": customer_id, "queue": queue, "by": body.by, "why": body.why})

    @routes.get("/recalls", dependencies=[needs(doorkeeper, Act.READ_RECALLS, rows=True)])
    def get_recalls(request: Request, agent: str | None = None, limit: Limit = 200) -> Answer[RecallsAnswer]:
        """Leads that were not worked in their service time and callbacks that were not kept, the latest first."""
        visit = visit_of(request)
        found = recalled_leads(recalls, agent, limit, visit.right)
        visit.saw(*(recall["customer_id"] for recall in found))
        return answer({"recalls": found})

    @routes.get("/desk/log", dependencies=[needs(doorkeeper, Act.READ_DESK)])
    def get_log(limit: Limit = 100) -> Answer[DeskLogAnswer]:
        """What managers did, the latest first."""
        return answer({"entries": desk.log(limit)})

    def _require_campaign(name: str) -> None:
        names = [campaign.name for campaign in configuration.catalogue.queue.campaigns]
        if name not in names:
            raise NotFound("campaign", name, f"one of {', '.join(names) or '(none declared)'}")

    def _pause(kind: Paused, name: str, body: ManagedRequest, request: Request) -> Answer[PauseAnswer]:
        doing = Doing(f"{kind}.paused", name, body.by, body.why, visit_of(request).principal.id)
        pause = desk.pause(kind, doing, clock.now())
        return answer(_paused(kind, name, True, pause.by, pause.why, pause.since))

    def _resume(kind: Paused, name: str, body: ManagedRequest, request: Request) -> Answer[PauseAnswer]:
        now = clock.now()
        desk.resume(kind, Doing(f"{kind}.resumed", name, body.by, body.why, visit_of(request).principal.id), now)
        return answer(_paused(kind, name, False, body.by, body.why, now))

    return routes


def _paused(kind: Paused, name: str, paused: bool, by: str, why: str, since: datetime) -> PauseAnswer:
    return {"kind": kind, "name": name, "paused": paused, "by": by, "why": why, "since": written(since)}
