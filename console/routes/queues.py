"""Queues as a manager watches and steers them: sizes, rests and pace, and what is paused, resumed or put first."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Request, Response

from console.charts import Share, shares
from console.guest import SENT, Form, Guest, door
from console.lately import Lately
from console.live import stream
from console.pages import Pages, redirect
from console.route import PageRoute
from console.tables import csv_file
from leads.errors import InvalidInput
from serving.access.act import Act
from serving.clock import Clock
from serving.desk.desk import Desk, Doing
from serving.http.access import Doorkeeper
from serving.managers.campaigns import Campaigns
from serving.managers.overview import STATE_LABELS, STATES, Overview, QueueSize
from serving.managers.pushing import Pushing
from serving.queue.queue_names import QueueNames
from serving.queue.waiting_leads import WaitingLeads

_EVERY = 3.0

_SHARED = 1.0
"""Seconds for which one look is all pages' that change by themselves."""

_HEAD = 25


def router(
    doorkeeper: Doorkeeper, pages: Pages, clock: Clock, names: QueueNames, overview: Overview, campaigns: Campaigns,
    waiting: WaitingLeads, desk: Desk, pushing: Pushing,
) -> APIRouter:  # fmt: skip
    """/console/queues."""
    routes = APIRouter(route_class=PageRoute, prefix="/console/queues")
    reading, pausing = door(doorkeeper, Act.READ_QUEUES), door(doorkeeper, Act.PAUSE)
    heading, putting = door(doorkeeper, Act.READ_HEAD), door(doorkeeper, Act.PUSH)

    queues_lately = Lately(lambda: overview.queues(clock.now()), _SHARED)
    paces_lately = Lately(lambda: campaigns.all(clock.now()), _SHARED)

    def looked_at(guest: Guest, lately: bool = False) -> dict[str, Any]:
        found = queues_lately() if lately else overview.queues(clock.now())
        held = {queue["queue"]: _shares(queue) for queue in found["queues"]}
        paced = [] if not guest.may(Act.READ_CAMPAIGNS) else paces_lately() if lately else campaigns.all(clock.now())
        return {"found": guest.shown(found), "bars": held, "campaigns": paced, "labels": STATE_LABELS}

    @routes.get("")
    def get_queues(request: Request, guest: Guest = reading) -> Response:
        """Everything that waits."""
        told = looked_at(guest) | {"pushed": request.query_params.get("pushed"), "queues": [*names]}
        rights = {"pauses": guest.may(Act.PAUSE), "pushes": guest.may(Act.PUSH), "heads": guest.may(Act.READ_HEAD)}
        return pages.page(guest, "queues.html", **told, **rights)

    @routes.get("/live")
    def get_live(request: Request, guest: Guest = reading) -> Response:
        """The same figures whenever they are others."""
        return stream(request, lambda: pages.part(guest, "queues_live.html", **looked_at(guest, True)), _EVERY)

    @routes.get("/{queue}")
    def get_head(queue: str, guest: Guest = heading) -> Response:
        """Who is next, without claiming."""
        items = [_plain(item) for item in waiting.head(queue, _HEAD, clock.now())]
        guest.visit.saw(*(item["customer_id"] for item in items))
        return pages.page(guest, "head.html", queue=queue, size=waiting.size(queue), items=guest.shown(items))

    @routes.get("/{queue}/csv")
    def get_head_csv(queue: str, guest: Guest = heading) -> Response:
        """The same as a file."""
        items = [_plain(item) for item in waiting.head(queue, 200, clock.now())]
        guest.visit.saw(*(item["customer_id"] for item in items))
        columns = ("customer_id", "priority", "action", "state", "order", "agent_id", "since")
        return csv_file(f"queue-{queue}", columns, guest.shown(items))

    @routes.post("/pause")
    def post_pause(guest: Guest = pausing, form: Form = SENT) -> Response:
        """Hand out nothing more of a queue or campaign."""
        kind, doing = _asked(form, "pause", guest)
        if kind == "queue":
            names.require(doing.name)
        desk.pause(kind, doing, clock.now())
        return redirect("/console/queues")

    @routes.post("/resume")
    def post_resume(guest: Guest = pausing, form: Form = SENT) -> Response:
        """Hand it out again."""
        kind, doing = _asked(form, "resume", guest)
        desk.resume(kind, doing, clock.now())
        return redirect("/console/queues")

    @routes.post("/push")
    def post_push(guest: Guest = putting, form: Form = SENT) -> Response:
        """Put a customer before all others of a queue."""
        why, customer_id = _why(form), form.get("customer_id", "").strip()
        guest.visit.require_customer(customer_id)
        pushing.push(form.get("queue", "all"), customer_id, guest.name, why, clock.now())
        return redirect(f"/console/queues?pushed={form.get('queue', 'all')}")

    return routes


def _shares(queue: QueueSize) -> list[Share]:
    states: Any = queue["states"]
    return shares([(name, states[name]) for name in STATES if name != "held"])


def _asked(form: Form, what: str, guest: Guest) -> tuple[str, Doing]:
    """What is paused or resumed. Raises InvalidInput."""
    kind = form.get("kind", "")
    if kind not in ("queue", "campaign"):
        raise InvalidInput("kind", kind, "queue or campaign")
    return kind, Doing(f"{kind}.{what}d", form.get("name", ""), guest.name, _why(form), guest.principal.key_id or "")


def _why(form: Form) -> str:
    why = form.get("why", "").strip()
    if not why:
        raise InvalidInput("why", why, "a reason, which is kept")
    return why[:1000]


def _plain(item: Any) -> dict[str, Any]:
    return {name: getattr(item, name) for name in item.__dataclass_fields__}
