"""The catalogue that is published: its sections, its versions with the way back, and what conditions may be about."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse

from console.catalogue.columns import columns
from console.catalogue.difference import difference
from console.catalogue.room import Room, author
from console.catalogue.schema import allowed
from console.catalogue.sections import PARTS
from console.guest import SENT, Form, Guest, door
from console.pages import STRICT, Pages, redirect
from console.route import PageRoute
from leads.errors import InvalidInput
from serving.access.act import Act
from serving.catalogue.drafts import Drafts
from serving.catalogue.holding import Holding
from serving.catalogue.versions import Versions
from serving.clock import Clock
from serving.http.access import Doorkeeper


def router(
    doorkeeper: Doorkeeper, pages: Pages, clock: Clock, room: Room, drafts: Drafts, versions: Versions,
    holding: Holding,
) -> APIRouter:  # fmt: skip
    """/console/catalogue."""
    routes = APIRouter(route_class=PageRoute, prefix="/console/catalogue")
    reading, changing = door(doorkeeper, Act.READ_CATALOGUE), door(doorkeeper, Act.CHANGE_CATALOGUE)
    counting = door(doorkeeper, Act.CHANGE_CATALOGUE, trailed=False)
    publishing = door(doorkeeper, Act.PUBLISH_CATALOGUE)

    @routes.get("")
    def get_catalogue(request: Request, guest: Guest = reading) -> Response:
        """What is published, what is drafted, and what was before."""
        found = versions.all()
        told: dict[str, Any] = {
            "versions": found, "drafts": drafts.all(), "served": room.is_served(), "parts": PARTS,
            "edits": guest.may(Act.CHANGE_CATALOGUE) and bool(room.shelf.text()),
            "publishes": guest.may(Act.PUBLISH_CATALOGUE), "text": room.shelf.text(),
            "done": request.query_params.get("done"),
        }  # fmt: skip
        return pages.page(guest, "catalogue.html", **told)

    @routes.get("/published/{part}")
    def get_part(request: Request, part: str, guest: Guest = reading) -> Response:
        """A section as it is published, to be looked at."""
        told = room.section(room.shelf.text(), part, request.query_params.get("entry"))
        return pages.page(guest, "catalogue_section.html", **told, draft=None, edits=False, fault=None, problem=None)

    @routes.get("/versions/{number}")
    def get_version(number: int, guest: Guest = reading) -> Response:
        """A version, and what it changed of the one before."""
        version = versions.read(number)
        before = versions.read(number - 1) if number > 1 else None
        lines = difference("" if before is None else before.text, version.text) if before is not None else []
        published = version.text == room.shelf.text()
        told: dict[str, Any] = {"version": version, "before": before, "lines": lines, "published": published}
        return pages.page(guest, "catalogue_version.html", **told, publishes=guest.may(Act.PUBLISH_CATALOGUE))

    @routes.post("/versions/{number}/return")
    def post_return(number: int, guest: Guest = publishing, form: Form = SENT) -> Response:
        """Serve a version again that was served before."""
        room.publication.take_back(number, author(guest), form.get("why", ""), clock.now())
        return redirect("/console/catalogue?done=back")

    @routes.get("/columns")
    def get_columns(guest: Guest = reading) -> Response:
        """What conditions may be about."""
        return JSONResponse(columns(room.configuration), headers={**STRICT, "Cache-Control": "private, max-age=300"})

    @routes.get("/count")
    def get_count(request: Request, guest: Guest = counting) -> Response:
        """For how many customers a condition holds now, as far as some of them tell."""
        try:
            held = holding.of(request.query_params.get("sql", ""), clock.now())
        except InvalidInput as error:
            told = pages.said(guest).text(allowed(error.errors[0].reason))
            return JSONResponse({"fault": told}, headers=dict(STRICT))
        counts = {"held": held.held, "looked_at": held.looked_at, "about": held.about, "customers": held.customers}
        return JSONResponse(counts, headers=dict(STRICT))

    @routes.post("/drafts")
    def post_draft(guest: Guest = changing) -> Response:
        """Begin a draft."""
        return redirect(f"/console/catalogue/drafts/{drafts.begin(author(guest), clock.now()).number}")

    return routes
