"""Routes of alerts: those that stand, and to keep one quiet."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated

from fastapi import APIRouter
from pydantic import Field
from typing_extensions import TypedDict

from features.home import Home
from monitoring.alerts.alert import AlertAnswer
from monitoring.alerts.alert_book import AlertBook, Standing
from serving.access.act import Act
from serving.clock import Clock, written
from serving.http.access import Doorkeeper, needs
from serving.http.answer import Answer, answer
from serving.http.parameters import Id
from serving.http.routing import Api
from serving.http.schemas import ManagedRequest
from serving.http.statuses import NOT_FOUND
from serving.meaning import Means, Time


class StandingAnswer(TypedDict):
    alert: AlertAnswer
    raised: Annotated[Time | None, Means("when it was told first; null while it is not confirmed")]
    told: Annotated[Time | None, Means("when it was told last")]
    silent_until: Annotated[Time | None, Means("until when nobody is told, where somebody said so")]


class AlertsAnswer(TypedDict):
    alerts: Annotated[list[StandingAnswer], Means("the surest first")]


class SilenceRequest(ManagedRequest):
    """Which alert is to be quiet, and for how long."""

    key: Annotated[Id, Field(description="as /alerts names it", examples=["feed_silent:web"])]
    days: Annotated[float, Field(gt=0, le=90, examples=[7])]


def router(doorkeeper: Doorkeeper, clock: Clock, home: Home) -> APIRouter:
    """/alerts, for who may read reports; silencing is for who manages them."""
    routes = Api("monitoring")

    @routes.get("/alerts", dependencies=[needs(doorkeeper, Act.READ_REPORTS)])
    def get_alerts() -> Answer[AlertsAnswer]:
        """What looks have found, and is not over."""
        return answer({"alerts": [_answer(one) for one in AlertBook.of(home).surest()]})

    @routes.post("/alerts/silence", dependencies=[needs(doorkeeper, Act.SILENCE)], responses=NOT_FOUND)
    def post_silence(body: SilenceRequest) -> Answer[StandingAnswer]:
        """Tell nobody of an alert for a while; that it is over is told all the same."""
        with AlertBook.held(home) as book:
            one = book.silence(body.key, clock.now() + timedelta(days=body.days), body.by, body.why)
            book.keep(home)
        return answer(_answer(one))

    return routes


def _answer(one: Standing) -> StandingAnswer:
    raised, told, silent = (None if at is None else written(at) for at in (one.raised, one.told, one.silent_until))
    return {"alert": one.alert, "raised": raised, "told": told, "silent_until": silent}
