"""Routes for managers: what is paused, pushed and taken back, who holds what, and who did what."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request, Response

from serving.access import needs
from serving.answers import DeskLogAnswer, PauseAnswer
from serving.api import NOT_FOUND, Context, answer
from serving.clock import written
from serving.desk import Doing
from serving.schemas import ManagedRequest


def router(context: Context) -> APIRouter:
    """Pauses, leases and recalls, pushes, and the log: for admins."""
    services = context.services
    routes = APIRouter(tags=["desk"], dependencies=[Depends(needs(services.keys))])

    @routes.post("/queues/{name}/pause", response_model=PauseAnswer, responses=NOT_FOUND)
    def pause_queue(name: str, body: ManagedRequest, request: Request) -> Response:
        services.queue.require(name)
        return _pause("queue", name, body, request)

    @routes.post("/queues/{name}/resume", response_model=PauseAnswer, responses=NOT_FOUND)
    def resume_queue(name: str, body: ManagedRequest, request: Request) -> Response:
        services.queue.require(name)
        return _resume("queue", name, body, request)

    @routes.get("/desk/log", response_model=DeskLogAnswer)
    def get_log(limit: Annotated[int, Query(ge=1, le=1000)] = 100) -> Response:
        return answer({"entries": services.desk.log(limit)})

    def _pause(kind: str, name: str, body: ManagedRequest, request: Request) -> Response:
        doing = Doing(f"{kind}.paused", name, body.by, body.why, request.state.caller)
        pause = services.desk.pause(kind, doing, services.clock.now())
        told = {"kind": kind, "name": name, "paused": True, "by": pause.by, "why": pause.why}
        return answer(told | {"since": written(pause.since)})

    def _resume(kind: str, name: str, body: ManagedRequest, request: Request) -> Response:
        now = services.clock.now()
        services.desk.resume(kind, Doing(f"{kind}.resumed", name, body.by, body.why, request.state.caller), now)
        told = {"kind": kind, "name": name, "paused": False, "by": body.by, "why": body.why}
        return answer(told | {"since": written(now)})

    return routes
