"""The team: who holds whom, the register of agents, what was not worked in time, and what managers did."""

from __future__ import annotations

from collections import Counter
from datetime import datetime
from typing import Any

from fastapi import APIRouter, Response

from console.guest import SENT, Form, Guest, door
from console.pages import Pages, redirect
from console.route import PageRoute
from console.tables import csv_file
from leads.errors import InvalidInput
from serving.access.act import Act
from serving.access.policy import Right
from serving.clock import Clock
from serving.desk.agents import Register
from serving.desk.agents import body as agent_body
from serving.desk.desk import Desk, Doing
from serving.http.access import Doorkeeper
from serving.managers.overview import HeldLease, lease_body
from serving.managers.recalled_leads import recalled_leads
from serving.queue.leases import Leases
from serving.queue.recalls import Recalls

_MOST = 300


def router(
    doorkeeper: Doorkeeper, pages: Pages, clock: Clock, leases: Leases, register: Register, recalls: Recalls,
    desk: Desk,
) -> APIRouter:  # fmt: skip
    """/console/team."""
    routes = APIRouter(route_class=PageRoute, prefix="/console/team")
    reading, taking = door(doorkeeper, Act.READ_LEASES), door(doorkeeper, Act.TAKE_BACK)
    changing, recalling = door(doorkeeper, Act.CHANGE_AGENTS), door(doorkeeper, Act.READ_RECALLS)

    def held(guest: Guest, right: Right, now: datetime) -> list[HeldLease]:
        found = leases.all(now)
        seen = right.agents([lease.agent_id for lease in found])
        guest.visit.saw(*(lease.customer_id for lease in found if lease.agent_id in seen))
        return [lease_body(lease) for lease in found if lease.agent_id in seen]

    def agents(guest: Guest, now: datetime) -> list[dict[str, Any]]:
        """The register, as far as it is for them, with what each holds."""
        if not guest.may(Act.READ_AGENTS):
            return []
        right = guest.policy.right(guest.principal, Act.READ_AGENTS)
        load = Counter(lease.agent_id for lease in leases.all(now))
        registered = register.all()
        seen = right.agents([agent.id for agent in registered])
        return [{**agent_body(agent), "held": load[agent.id]} for agent in registered if agent.id in seen]

    @routes.get("")
    def get_team(guest: Guest = reading) -> Response:
        """Everybody whom the guest may see."""
        now = clock.now()
        right = guest.policy.right(guest.principal, Act.READ_RECALLS) if guest.may(Act.READ_RECALLS) else None
        told = {
            "leases": held(guest, guest.right, now), "agents": agents(guest, now), "now": now,
            "recalls": [] if right is None else recalled_leads(recalls, None, 50, right),
            "log": desk.log(30) if guest.may(Act.READ_DESK) else [],
        }  # fmt: skip
        rights = {"takes": guest.may(Act.TAKE_BACK), "changes": guest.may(Act.CHANGE_AGENTS),
                  "logs": guest.may(Act.READ_DESK)}  # fmt: skip
        return pages.page(guest, "team.html", **{**guest.shown(told | {"now": None}), "now": now}, **rights)

    @routes.get("/leases.csv")
    def get_leases_csv(guest: Guest = reading) -> Response:
        """Who holds whom, as a file."""
        columns = ("agent_id", "customer_id", "queue", "action", "priority", "order", "campaign", "since", "expires_at")
        return csv_file("leases", columns, guest.shown(list(held(guest, guest.right, clock.now())[:_MOST])))

    @routes.get("/recalls.csv")
    def get_recalls_csv(guest: Guest = recalling) -> Response:
        """What was not worked in time, as a file."""
        columns = ("customer_id", "agent_id", "queue", "what", "since", "recalled_at")
        return csv_file("recalls", columns, guest.shown(list(recalled_leads(recalls, None, _MOST, guest.right))))

    @routes.post("/take-back")
    def post_take_back(guest: Guest = taking, form: Form = SENT) -> Response:
        """End a lease for its agent: the lead goes back to its place."""
        lease_id = form.get("lease_id", "")
        guest.right.require_lease(lease_id)
        held_one = leases.find(lease_id)
        guest.visit.saw(*([] if held_one is None else [held_one.customer_id]))
        leases.take_back(lease_id, guest.name, _why(form), clock.now())
        return redirect("/console/team")

    @routes.post("/agents")
    def post_agent(guest: Guest = changing, form: Form = SENT) -> Response:
        """Change what an agent may take."""
        agent_id = form.get("agent_id", "").strip()
        if not agent_id:
            raise InvalidInput("agent_id", agent_id, "the agent's id")
        guest.right.require_agent(agent_id)
        changes = {
            "daily_quota": _count(form, "daily_quota"), "max_load": _count(form, "max_load"),
            "active": form.get("active") == "yes",
        }  # fmt: skip
        register.put(agent_id, changes)
        doing = Doing("agent.changed", agent_id, guest.name, form.get("why", ""), guest.principal.key_id or "")
        desk.note(doing, clock.now())
        return redirect("/console/team")

    return routes


def _why(form: Form) -> str:
    why = form.get("why", "").strip()
    if not why:
        raise InvalidInput("why", why, "a reason, which is kept")
    return why[:1000]


def _count(form: Form, name: str) -> int | None:
    given = form.get(name, "").strip()
    if not given:
        return None
    if not given.isdigit():
        raise InvalidInput(name, given, "a whole number, or nothing")
    return int(given)
