"""The agent's page: the lead in hand, what came of it, and the next one when they are ready."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse

from console.agent.card import Cards
from console.agent.desk import LEASE_SECONDS, AgentDesk, InHand, wanted
from console.agent.outcome_form import KEYS, KINDS, UNSUITED, outcome_of, proposed_times
from console.agent.own_day import OwnDays
from console.guest import SENT, Form, Guest, door
from console.live import stream
from console.pages import STRICT, Pages, redirect
from console.route import PageRoute
from features.configuration import Configuration
from leads.configuration.vocabulary import DISPOSITIONS
from leads.contact.policy import CALL
from leads.errors import Forbidden, NextleadError, StaleToken
from serving.access.act import Act
from serving.clock import Clock, written
from serving.http.access import Doorkeeper
from serving.queue.claims import Claims
from serving.queue.queue_names import QueueNames

_LOOK_EVERY = 1.5


def router(
    doorkeeper: Doorkeeper, pages: Pages, clock: Clock, configuration: Configuration, names: QueueNames, claims: Claims,
    desk: AgentDesk, cards: Cards, days: OwnDays,
) -> APIRouter:  # fmt: skip
    """/console/agent."""
    routes = APIRouter(route_class=PageRoute, prefix="/console/agent")
    claiming, working = door(doorkeeper, Act.CLAIM), door(doorkeeper, Act.WORK_LEASE)
    revealing, watching = door(doorkeeper, Act.REVEAL), door(doorkeeper, Act.WORK_LEASE, trailed=False)

    @routes.get("")
    def get_desk(request: Request, guest: Guest = claiming) -> Response:
        """The lead in hand, or the way to the next one."""
        now, agent_id = clock.now(), _agent(guest)
        held = desk.in_hand(agent_id, now)
        if held is None:
            told: dict[str, Any] = {
                "queues": [*names], "queue": request.query_params.get("queue", "all"), "limits": [],
                "done": request.query_params.get("done"), "own": guest.shown(days.of(agent_id, now)),
            }  # fmt: skip
            return pages.page(guest, "agent_ready.html", **told)
        return _lead(guest, held, now)

    @routes.post("/next")
    def post_next(guest: Guest = claiming, form: Form = SENT) -> Response:
        """The next lead; the one in hand where there is one."""
        now, agent_id, queue = clock.now(), _agent(guest), form.get("queue", "all")
        if desk.in_hand(agent_id, now) is not None:
            return redirect("/console/agent")
        names.require(queue)
        limits = guest.visit.limits
        found = claims.claim(queue, wanted(agent_id, guest.principal.id, limits), now)
        if found["leases"]:
            return redirect("/console/agent")
        told: dict[str, Any] = {"queues": [*names], "queue": queue, "limits": found["limits"], "done": None}
        return pages.page(guest, "agent_ready.html", own=guest.shown(days.of(agent_id, now)), **told)

    @routes.post("/complete")
    def post_complete(guest: Guest = working, form: Form = SENT) -> Response:
        """What came of the call."""
        now, lease_id, token = clock.now(), form.get("lease_id", ""), _token(form)
        held = desk.in_hand(_agent(guest), now)
        if held is None or held.lease.id != lease_id:
            raise StaleToken("this lead is not in your hands any more")
        try:
            outcome = outcome_of(form, cards.zone_of(held.lease.customer_id))
            configuration.catalogue.queue.queueing.check_callback(outcome.disposition, outcome.callback_at, now)
            guest.visit.saw(held.lease.customer_id)
            desk.completed(guest.right, lease_id, token, outcome, now)
        except StaleToken:
            raise
        except NextleadError as error:
            return _lead(guest, held, now, error, form)
        return redirect(f"/console/agent?done={outcome.disposition}&queue={held.lease.queue}")

    @routes.post("/release")
    def post_release(guest: Guest = working, form: Form = SENT) -> Response:
        """The lead goes back, as if it had never been claimed."""
        desk.released(guest.right, form.get("lease_id", ""), _token(form), clock.now())
        return redirect("/console/agent?done=released")

    @routes.post("/renew")
    def post_renew(guest: Guest = working, form: Form = SENT) -> Response:
        """The lead stays in hand for as long again."""
        lease = desk.renewed(guest.right, form.get("lease_id", ""), _token(form), clock.now())
        return JSONResponse({"expires_at": written(lease.expires_at)}, headers=dict(STRICT))

    @routes.post("/number")
    def post_number(guest: Guest = revealing, form: Form = SENT) -> Response:
        """The number to dial, which is written down."""
        lease_id = form.get("lease_id", "")
        lease = desk.state(lease_id)
        if lease is not None:
            guest.visit.saw(lease.customer_id)
        phone = desk.number(guest.right, lease_id, _token(form))
        guest.visit.details["why"] = "show" if form.get("why") == "show" else "dial"
        return JSONResponse({"phone": phone}, headers=dict(STRICT))

    @routes.get("/live")
    def get_live(request: Request, lease: str, guest: Guest = watching) -> Response:
        """Until when the lead is in hand, and at once that it is not any more."""
        agent_id = _agent(guest)

        def look() -> str:
            found, now = desk.state(lease), clock.now()
            if found is None or found.agent_id != agent_id or found.expires_at <= now:
                return "gone"
            return f"held {written(found.expires_at)}"

        return stream(request, look, _LOOK_EVERY)

    def _lead(
        guest: Guest, held: InHand, now: datetime, error: NextleadError | None = None, form: Form | None = None
    ) -> Response:
        card = cards.of(held, now)
        guest.visit.saw(held.lease.customer_id)
        zone = cards.zone_of(held.lease.customer_id)
        hours = configuration.catalogue.contact.channels.get(CALL)
        opens, closes = (9, 20) if hours is None or hours.opens is None or hours.closes is None else (
            hours.opens.hour, hours.closes.hour)  # fmt: skip
        told: dict[str, Any] = {
            "card": guest.shown(card), "held": held.lease, "seconds": (held.lease.expires_at - now).total_seconds(),
            "lease_seconds": LEASE_SECONDS, "dispositions": DISPOSITIONS, "unsuited": UNSUITED, "error": error,
            "form": form or {}, "times": proposed_times(now, zone, (opens, closes)),
            "customer_now": now.astimezone(ZoneInfo(zone)), "talk": cards.talk(held),
            "dialable": held.phone is not None, "keys": KEYS,
            "kinds": {name: KINDS.get(name, "") for name in DISPOSITIONS},
        }  # fmt: skip
        return pages.page(guest, "agent_lead.html", 200 if error is None else error.status, **told)

    return routes


def _agent(guest: Guest) -> str:
    """Raises Forbidden for who is no agent."""
    if guest.agent_id is None:
        raise Forbidden("this page is for who signed in as an agent")
    return guest.agent_id


def _token(form: Form) -> int:
    given = form.get("token", "")
    if not given.isdigit():
        raise StaleToken("this lead is not in your hands any more")
    return int(given)
