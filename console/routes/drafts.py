"""Drafts of the catalogue: changed by form or as text, tried on the ledger, approved, published or discarded."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

from fastapi import APIRouter, Request, Response

from console.catalogue.changing import with_entry, with_fields
from console.catalogue.rehearsing import DAYS, Rehearsals
from console.catalogue.room import Room, author, fields_of, readable
from console.guest import SENT, Form, Guest, door
from console.live import stream
from console.pages import Pages, redirect
from console.route import PageRoute
from leads.errors import Conflicting, InvalidInput, NextleadError, NotFound
from serving.access.act import Act
from serving.catalogue.draft import Draft
from serving.catalogue.drafts import Drafts
from serving.clock import Clock
from serving.http.access import Doorkeeper

_AT = "/console/catalogue/drafts"


def router(
    doorkeeper: Doorkeeper, pages: Pages, clock: Clock, room: Room, drafts: Drafts, rehearsals: Rehearsals
) -> APIRouter:
    """/console/catalogue/drafts."""
    routes = APIRouter(route_class=PageRoute, prefix=_AT)
    reading, changing = door(doorkeeper, Act.READ_CATALOGUE), door(doorkeeper, Act.CHANGE_CATALOGUE)
    watching = door(doorkeeper, Act.READ_CATALOGUE, trailed=False)
    approving, publishing = door(doorkeeper, Act.APPROVE_CATALOGUE), door(doorkeeper, Act.PUBLISH_CATALOGUE)

    def looked_at(number: int, guest: Guest) -> dict[str, Any]:
        told = room.draft(drafts.read(number), guest, clock.now()) | {"days": DAYS, "outcome": None}
        tried = told["tried"]
        if tried is not None and tried.found is not None:
            lost = tried.found["lost"] if told["persons"] else []
            guest.visit.saw(*(each["customer_id"] for each in lost))
            told["outcome"] = guest.shown({**tried.found, "lost": lost})
        return told

    def at(number: int, part: str, entry: str | None, guest: Guest, status: int = 200, **more: Any) -> Response:
        draft = drafts.read(number)
        told = {"draft": draft, "fault": room.refusal_of(room.checking.of(draft.text)), "problem": None}
        section = room.section(draft.text, part, entry)
        return pages.page(
            guest,
            "catalogue_section.html",
            status,
            **{**told, **section, "edits": guest.may(Act.CHANGE_CATALOGUE), **more},
        )

    def as_text(draft: Draft, guest: Guest, status: int = 200, **more: Any) -> Response:
        told = {
            "draft": draft,
            "text": draft.text,
            "fault": room.refusal_of(room.checking.of(draft.text)),
            "problem": None,
        }
        edits = guest.may(Act.CHANGE_CATALOGUE)
        return pages.page(guest, "catalogue_file.html", status, **{**told, "edits": edits, **more})

    @routes.get("/{number}")
    def get_draft(number: int, guest: Guest = reading) -> Response:
        """What it changes, and how far it is."""
        return pages.page(guest, "catalogue_draft.html", **looked_at(number, guest))

    @routes.get("/{number}/live")
    def get_live(number: int, request: Request, guest: Guest = watching) -> Response:
        """How far it is, as it goes on."""

        def look() -> str:
            try:
                return pages.part(guest, "catalogue_trial.html", **looked_at(number, guest))
            except NotFound:
                return pages.part(guest, "catalogue_gone.html")

        return stream(request, look, 1.0)

    @routes.get("/{number}/at/{part}")
    def get_part(number: int, part: str, request: Request, guest: Guest = reading) -> Response:
        """A section of it as fields."""
        done = request.query_params.get("done")
        return at(number, part, request.query_params.get("entry"), guest, done=done)

    @routes.post("/{number}/at/{part}")
    def post_part(number: int, part: str, guest: Guest = changing, form: Form = SENT) -> Response:
        """Change fields; a wrong value is kept in the draft and refused at its place."""
        draft, entry = drafts.read(number), form.get("entry") or None
        section = room.section(draft.text, part, entry)
        written = readable(draft.text)
        try:
            draft.require_seen(form.get("seen", ""))
            if written is not None:
                made = with_fields(written, fields_of(section), form)
                drafts.change(number, draft.name, made.text, author(guest), clock.now())
        except (Conflicting, InvalidInput) as error:
            return at(number, part, entry, guest, error.status, problem=error, sent=form)
        return redirect(_place(number, part, entry, "saved"))

    @routes.post("/{number}/entries/{part}")
    def post_entry(number: int, part: str, guest: Guest = changing, form: Form = SENT) -> Response:
        """Add an entry, copy one, or drop it."""
        draft, entry, what = drafts.read(number), form.get("entry") or None, form.get("what", "")
        written = readable(draft.text)
        try:
            draft.require_seen(form.get("seen", ""))
            if written is not None:
                made = with_entry(written, what, form)
                drafts.change(number, draft.name, made.text, author(guest), clock.now())
        except NextleadError as error:
            return at(number, part, entry, guest, error.status, problem=error)
        gone = what == "drop" and not form.get("of") and form.get("path", "").split("/")[-1] == entry
        return redirect(_place(number, part, None if gone else entry, "saved"))

    @routes.get("/{number}/file")
    def get_file(number: int, guest: Guest = reading) -> Response:
        """It as the file it becomes."""
        return as_text(drafts.read(number), guest)

    @routes.post("/{number}/file")
    def post_file(number: int, guest: Guest = changing, form: Form = SENT) -> Response:
        """Write the file as a whole."""
        text = form.get("text", "").replace("\r\n", "\n")
        text = text if text.endswith("\n") else f"{text}\n"
        try:
            drafts.change(number, form.get("seen", ""), text, author(guest), clock.now())
        except Conflicting as error:
            return as_text(drafts.read(number), guest, error.status, problem=error, text=text)
        return redirect(f"{_AT}/{number}/file?done=saved")

    @routes.post("/{number}/try")
    def post_try(number: int, guest: Guest = changing, form: Form = SENT) -> Response:
        """Try it on the ledger."""
        draft = drafts.read(number)
        draft.require_seen(form.get("seen", ""))
        days = form.get("days", "")
        rehearsals.begin(draft, int(days) if days.isdigit() else 0)
        return redirect(f"{_AT}/{number}")

    @routes.post("/{number}/approve")
    def post_approve(number: int, guest: Guest = approving, form: Form = SENT) -> Response:
        """Say yes to what somebody else wrote."""
        drafts.approve(number, form.get("seen", ""), author(guest), clock.now())
        return redirect(f"{_AT}/{number}")

    @routes.post("/{number}/publish")
    def post_publish(number: int, guest: Guest = publishing, form: Form = SENT) -> Response:
        """Have it served."""
        room.publication.publish(number, form.get("seen", ""), author(guest), form.get("why", ""), clock.now())
        return redirect("/console/catalogue?done=published")

    @routes.post("/{number}/take-over")
    def post_take_over(number: int, guest: Guest = changing, form: Form = SENT) -> Response:
        """Do what it changes to what somebody else has published meanwhile."""
        drafts.take_over(number, form.get("seen", ""), author(guest), clock.now())
        return redirect(f"{_AT}/{number}")

    @routes.post("/{number}/discard")
    def post_discard(number: int, guest: Guest = changing, form: Form = SENT) -> Response:
        """Away with it."""
        drafts.discard(number, form.get("seen", ""))
        return redirect("/console/catalogue?done=discarded")

    return routes


def _place(number: int, part: str, entry: str | None, done: str) -> str:
    named = "" if entry is None else f"entry={quote(entry)}&"
    return f"{_AT}/{number}/at/{quote(part)}?{named}done={done}"
