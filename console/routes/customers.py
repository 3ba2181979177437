"""Customers: found by id or number, and all that is known and thought of one."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from urllib.parse import quote
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Request, Response
from fastapi.responses import HTMLResponse

from console.agent.card import closed
from console.agent.timeline import by_day
from console.charts import lines, waterfall
from console.customer.thoughts import Thoughts
from console.guest import SENT, Form, Guest, door
from console.judged import Judging
from console.pages import STRICT, Pages, Said, redirect
from console.route import PageRoute
from features.configuration import Configuration
from leads.errors import InvalidInput, NotFound
from serving.access.act import Act
from serving.clock import Clock, microseconds
from serving.events.timeline import HotTimelines, Timelines
from serving.http.access import Doorkeeper
from serving.http.view import CustomerCards
from serving.people.contact import Contact
from serving.people.customers import Customers
from serving.people.merging import Merging

_EVENTS = 60
_POINTS = 20


def router(
    doorkeeper: Doorkeeper, pages: Pages, clock: Clock, configuration: Configuration, customers: Customers,
    views: CustomerCards, judging: Judging, thoughts: Thoughts, timelines: Timelines, hot: HotTimelines,
    merging: Merging,
) -> APIRouter:  # fmt: skip
    """/console/customers."""
    routes = APIRouter(route_class=PageRoute, prefix="/console/customers")
    reading, parting = door(doorkeeper, Act.READ_CUSTOMER), door(doorkeeper, Act.JUDGE_IDENTITY)
    workspace = configuration.workspace

    def known(guest: Guest, customer_id: str) -> Contact:
        """A customer whom the guest may see. Raises NotFound for others as for who is not known."""
        contact = customers.known(customer_id)
        guest.visit.require_customer(contact.customer_id)
        return contact

    @routes.get("")
    def get_customers(request: Request, guest: Guest = reading) -> Response:
        """Find somebody."""
        asked = request.query_params.get("q", "").strip()
        if not asked:
            return pages.page(guest, "customers.html", asked="", missing=False)
        found = _found(guest, asked)
        if found is None:
            return pages.page(guest, "customers.html", 404, asked=asked, missing=True)
        return redirect(f"/console/customers/{quote(found, safe='')}")

    def _found(guest: Guest, asked: str) -> str | None:
        spellings = [asked] if ":" in asked else [asked, f"phone:{asked}", f"wechat:{asked}", f"email:{asked}"]
        for spelling in spellings:
            try:
                return known(guest, spelling).customer_id
            except (NotFound, InvalidInput):
                continue
        return None

    @routes.get("/{customer_id}")
    def get_customer(customer_id: str, guest: Guest = reading) -> Response:
        """All of one customer."""
        now, contact = clock.now(), known(guest, customer_id)
        judged = judging.of(contact.customer_id, now)
        shown: Any = guest.shown({
            "customer": views.judged(contact, judged.scored, judged.decisions), "thought": thoughts.of(judged),
            "closed": closed(judged), "merged": customers.all_ids(contact.customer_id)[1:],
        })  # fmt: skip
        say = Said(workspace, guest.language, ZoneInfo(workspace.timezone))
        bars = [waterfall(_parts(offer)) for offer in shown["thought"]["offers"]]
        return pages.page(guest, "customer.html", **shown, bars=bars, judges=guest.may(Act.JUDGE_IDENTITY), said=say)

    @routes.get("/{customer_id}/history")
    def get_history(customer_id: str, request: Request, guest: Guest = reading) -> Response:
        """What happened with them, the newest first."""
        contact, now = known(guest, customer_id), clock.now()
        events, _ = timelines.read(customers.all_ids(contact.customer_id), now, _EVENTS)
        say = Said(workspace, guest.language, ZoneInfo(workspace.timezone))
        days = by_day(workspace, say, guest.language, guest.shown(events))
        return _part(guest, request, "history.html", "history", days=days)

    @routes.get("/{customer_id}/scores")
    def get_scores(customer_id: str, request: Request, guest: Guest = reading) -> Response:
        """The chances that decisions about them went by."""
        name = known(guest, customer_id).customer_id
        points = thoughts.over_time(name, hot.decisions(name)[-_POINTS:], clock.now())
        series = [
            (
                name,
                [
                    (datetime.fromisoformat(p["at"]).timestamp(), p["scores"][name])
                    for p in points
                    if name in p["scores"]
                ],
            )
            for name in workspace.objectives
        ]
        drawn = lines([each for each in series if len(each[1]) > 1])
        return _part(guest, request, "scores.html", "scores_over_time", chart=drawn, points=points)

    def _part(guest: Guest, request: Request, template: str, title: str, **told: Any) -> Response:
        """A part of a page, or a page of its own for who opens its address."""
        if request.headers.get("x-part"):
            return HTMLResponse(pages.part(guest, template, **told), headers=dict(STRICT))
        return pages.page(guest, "part.html", part=template, title=title, **told)

    @routes.post("/{customer_id}/unmerge")
    def post_unmerge(customer_id: str, guest: Guest = parting, form: Form = SENT) -> Response:
        """Two ids are not one person after all."""
        reason = form.get("reason", "").strip()
        if not reason:
            raise InvalidInput("reason", reason, "why these are two people")
        guest.visit.saw(customer_id, form.get("other", ""))
        kept, _ = merging.unmerge(customer_id, form.get("other", ""), guest.name, reason, microseconds(clock.now()))
        return redirect(f"/console/customers/{quote(kept, safe='')}")

    return routes


def _parts(offer: Any) -> list[tuple[str, float, str]]:
    """What a priority is made of: what is expected, and each cost."""
    costs = offer["costs"] or {"agent": offer["cost"], "money": 0.0, "fatigue": 0.0}
    gain = offer["priority"] + offer["cost"]
    found = [
        ("expected", gain),
        *((f"cost_{name}", -costs[name]) for name in ("agent", "money", "fatigue") if costs[name]),
    ]
    return [(name, amount, f"{amount:+,.1f}") for name, amount in found]
