"""Routes of alerts: those that stand."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter
from typing_extensions import TypedDict

from features.home import Home
from monitoring.alerts.alert import AlertAnswer
from monitoring.alerts.alert_book import AlertBook, Standing
from serving.access.act import Act
from serving.clock import written
from serving.http.access import Doorkeeper, needs
from serving.http.answer import Answer, answer
from serving.http.routing import Api
from serving.meaning import Means, Time


class StandingAnswer(TypedDict):
    alert: AlertAnswer
    raised: Annotated[Time | None, Means("when it was told first; null while it is not confirmed")]
    told: Annotated[Time | None, Means("when it was told last")]
    silent_until: Annotated[Time | None, Means("until when nobody is told, where somebody said so")]


class AlertsAnswer(TypedDict):
    alerts: Annotated[list[StandingAnswer], Means("the surest first")]


def router(doorkeeper: Doorkeeper, home: Home) -> APIRouter:
    """/alerts, for who may read reports."""
    routes = Api("monitoring", [needs(doorkeeper, Act.READ_REPORTS)])

    @routes.get("/alerts")
    def get_alerts() -> Answer[AlertsAnswer]:
        """What looks have found, and is not over."""
        standing = sorted(AlertBook.of(home).standing.values(), key=lambda one: -one.alert["certainty"])
        return answer({"alerts": [_answer(one) for one in standing]})

    return routes


def _answer(one: Standing) -> StandingAnswer:
    raised, told, silent = (None if at is None else written(at) for at in (one.raised, one.told, one.silent_until))
    return {"alert": one.alert, "raised": raised, "told": told, "silent_until": silent}
