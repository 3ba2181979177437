"""How the service is: what waits, what nothing could be made of, and dead letters, to be tried again or dropped."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Request, Response

from console.guest import SENT, Form, Guest, door
from console.pages import Pages, redirect
from console.route import PageRoute
from console.tables import csv_file
from leads.errors import InvalidInput, NextleadError
from serving.access.act import Act
from serving.clock import Clock
from serving.desk.desk import Desk, Doing
from serving.dialers.letter_boxes import LetterBoxes
from serving.events.aside import Aside
from serving.events.stream import Stream
from serving.http.access import Doorkeeper
from serving.scoring.degradation import Degradation
from serving.scoring.freshness import Freshness
from serving.store.pressure import Pressure

_SHOWN, _MOST = 50, 1000
"""Letters and entries on the page, and in a file."""

_PATH = "/console/health"


def router(
    doorkeeper: Doorkeeper, pages: Pages, clock: Clock, degradation: Degradation, freshness: Freshness,
    stream: Stream, pressure: Pressure, aside: Aside, boxes: LetterBoxes, desk: Desk,
) -> APIRouter:  # fmt: skip
    """/console/health."""
    routes = APIRouter(route_class=PageRoute, prefix=_PATH)
    reading, judging = door(doorkeeper, Act.READ_SET_ASIDE), door(doorkeeper, Act.JUDGE_LETTERS)

    @routes.get("")
    def get_health(guest: Guest = reading) -> Response:
        """Everything on one page."""
        return shown(guest)

    @routes.get("/set-aside.csv")
    def get_set_aside_csv(guest: Guest = reading) -> Response:
        """What nothing could be made of, as a file."""
        columns = ("position", "id", "source", "type", "customer_id", "at", "stage", "reason")
        return csv_file("set-aside", columns, guest.shown(_aside(guest, aside, _MOST)))

    @routes.get("/letters.csv")
    def get_letters_csv(request: Request, guest: Guest = reading) -> Response:
        """The letters of one box, as a file."""
        kind, name = request.query_params.get("kind", ""), request.query_params.get("name", "")
        columns = ("id", "at", "kind", "customer_id", "reason")
        return csv_file("letters", columns, guest.shown(_letters(guest, boxes, kind, name, _MOST)))

    @routes.post("/retry")
    def post_retry(guest: Guest = judging, form: Form = SENT) -> Response:
        """One letter is tried again; why it still cannot be taken stands on the page."""
        kind, name, letter = _letter(guest, form)
        try:
            boxes.retry(kind, name, letter, clock.now())
        except NextleadError as error:
            return shown(guest, error)
        desk.note(_done(guest, "letter.retried", name, letter), clock.now())
        return redirect(_PATH)

    @routes.post("/drop")
    def post_drop(guest: Guest = judging, form: Form = SENT) -> Response:
        """One letter is forgotten, for a reason that is kept."""
        kind, name, letter = _letter(guest, form)
        why = form.get("why", "").strip()
        if not why:
            raise InvalidInput("why", why, "a reason, which is kept")
        boxes.drop(kind, name, letter)
        desk.note(_done(guest, "letter.dropped", name, why[:1000]), clock.now())
        return redirect(_PATH)

    def _letter(guest: Guest, form: Form) -> tuple[str, str, str]:
        """Raises NotFound."""
        kind, name, letter_id = (form.get(field, "") for field in ("kind", "name", "letter"))
        letter = boxes.read(kind, name, letter_id)
        guest.visit.saw(*([] if letter.customer_id is None else [letter.customer_id]))
        return kind, name, letter_id

    def shown(guest: Guest, error: NextleadError | None = None) -> Response:
        state = freshness.state()
        told: dict[str, Any] = {
            "boxes": [
                {**vars(box), "letters": guest.shown(_letters(guest, boxes, box.kind, box.name, _SHOWN))}
                for box in boxes.all()
            ],
            "aside": guest.shown(_aside(guest, aside, _SHOWN)), "aside_count": aside.count(),
            "unranked": guest.shown(_unranked(guest, aside)), "lag": state.lag, "silent": state.silent,
            "backlog": stream.backlog(), "memory": pressure.used(), "late": degradation.everywhere(),
            "judges": guest.may(Act.JUDGE_LETTERS), "error": error,
        }  # fmt: skip
        return pages.page(guest, "health.html", 200 if error is None else error.status, **told)

    return routes


def _letters(guest: Guest, boxes: LetterBoxes, kind: str, name: str, most: int) -> list[dict[str, Any]]:
    """The oldest letters of a box, without what they carried."""
    found = boxes.letters(kind, name, most)
    guest.visit.saw(*(letter.customer_id for letter in found if letter.customer_id is not None))
    columns = ("id", "at", "kind", "customer_id", "reason")
    return [{column: getattr(letter, column) for column in columns} for letter in found]


def _aside(guest: Guest, aside: Aside, most: int) -> list[dict[str, Any]]:
    """What was set aside last, the newest first."""
    found = aside.list()[-most:][::-1]
    guest.visit.saw(*(letter.customer_id for letter in found))
    columns = ("position", "id", "source", "type", "customer_id", "at", "stage", "reason")
    return [{column: getattr(letter, column) for column in columns} for letter in found]


def _unranked(guest: Guest, aside: Aside) -> list[dict[str, str]]:
    found = list(aside.unranked().items())[:_SHOWN]
    guest.visit.saw(*(name for name, _ in found))
    return [{"customer_id": name, "reason": why} for name, why in found]


def _done(guest: Guest, what: str, name: str, why: str) -> Doing:
    return Doing(what, name, guest.name, why, guest.principal.key_id or "")
