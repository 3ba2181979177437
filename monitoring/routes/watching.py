"""Routes of monitoring: the last look, and those before it."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter
from typing_extensions import TypedDict

from features.home import Home
from leads.errors import NotFound
from monitoring.watching.kept import latest, looks
from monitoring.watching.look import LookAnswer
from serving.access.act import Act
from serving.http.access import Doorkeeper, needs
from serving.http.answer import Answer, answer
from serving.http.parameters import Limit
from serving.http.routing import Api
from serving.http.statuses import NOT_FOUND
from serving.meaning import Means, Time


class LookSummary(TypedDict):
    at: Time
    findings: Annotated[int, Means("found wrong with what came in")]
    drifted: Annotated[dict[str, int], Means("columns with a verdict, by objective")]


class LooksAnswer(TypedDict):
    looks: Annotated[list[LookSummary], Means("the newest first")]


def router(doorkeeper: Doorkeeper, home: Home) -> APIRouter:
    """/monitoring, for who may read reports."""
    routes = Api("monitoring", [needs(doorkeeper, Act.READ_REPORTS)])

    @routes.get("/monitoring", responses=NOT_FOUND)
    def get_monitoring() -> Answer[LookAnswer]:
        """The last look: drift, performance and quality, with what is behind it. 404 before the first."""
        found = latest(home)
        if found is None:
            raise NotFound("look", "latest", "the service looks at the cadence of monitoring.yaml")
        return answer(found)

    @routes.get("/monitoring/looks")
    def get_looks(limit: Limit = 200) -> Answer[LooksAnswer]:
        """The looks that were kept."""
        return answer({"looks": [_summary(look) for look in reversed(looks(home, limit))]})

    return routes


def _summary(look: LookAnswer) -> LookSummary:
    drifted = {name: len(item["drifted"]) for name, item in look["objectives"].items()}
    return {"at": look["at"], "findings": len(look["quality"]["findings"]), "drifted": drifted}
