"""Alerts as a page: what stands, since when, whom it affects, how sure it is and what to do; kept quiet by a person."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from fastapi import APIRouter, Response

from console.guest import SENT, Form, Guest, door
from console.pages import Pages, redirect
from console.route import PageRoute
from features.configuration import Configuration
from features.home import Home
from leads.errors import InvalidInput
from monitoring.alerts.alert_book import AlertBook, Standing, lately
from monitoring.guarding.retraining import read as retrained
from monitoring.watching.kept import latest
from serving.access.act import Act
from serving.clock import Clock
from serving.http.access import Doorkeeper

_DAYS = (1, 7, 30, 90)
_SHOWN = 30
_PATH = "/console/alerts"


def router(
    doorkeeper: Doorkeeper, pages: Pages, clock: Clock, home: Home, configuration: Configuration
) -> APIRouter:  # fmt: skip
    """/console/alerts."""
    routes = APIRouter(route_class=PageRoute, prefix=_PATH)
    reading, silencing = door(doorkeeper, Act.READ_REPORTS), door(doorkeeper, Act.SILENCE)

    @routes.get("")
    def get_alerts(guest: Guest = reading) -> Response:
        """Those that stand, those that are over, and what was trained again because of one."""
        now, book = clock.now(), AlertBook.of(home)
        told: dict[str, Any] = {
            "standing": [_told(one, now) for one in book.surest()], "over": lately(home, "resolved", _SHOWN),
            "look": latest(home), "retrained": retrained(home), "silences": guest.may(Act.SILENCE), "days": _DAYS,
            "objectives": {
                name: objective.label for name, objective in configuration.workspace.objectives.items()
            },
        }  # fmt: skip
        return pages.page(guest, "alerts.html", **guest.shown(told))

    @routes.post("/silence")
    def post_silence(guest: Guest = silencing, form: Form = SENT) -> Response:
        """Nobody is told of one for some days, for a reason that is kept."""
        why, days = form.get("why", "").strip(), _days(form)
        if not why:
            raise InvalidInput("why", why, "a reason, which is kept")
        with AlertBook.held(home) as book:
            book.silence(form.get("key", ""), clock.now() + timedelta(days=days), guest.name, why[:1000])
            book.keep(home)
        return redirect(_PATH)

    return routes


def _days(form: Form) -> int:
    told = form.get("days", "")
    if told not in map(str, _DAYS):
        raise InvalidInput("days", told, f"one of {', '.join(map(str, _DAYS))}")
    return int(told)


def _told(one: Standing, now: Any) -> dict[str, Any]:
    """silent: whether nobody is told of it for now."""
    return one.document() | {"silent": one.silent_until is not None and now < one.silent_until}
