"""Routes for scores, next actions, decisions and models."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter
from fastapi import Request as HttpRequest
from typing_extensions import TypedDict

from serving.access.act import Act
from serving.clock import Clock, written
from serving.decisions.batch import Request
from serving.decisions.ledger import DecisionAnswer, Ledger, decision_body
from serving.decisions.next_action import NextActionAnswer, NextActions
from serving.http.access import Doorkeeper, needs, visit_of
from serving.http.answer import Answer, answer
from serving.http.bodies import MANY, carries
from serving.http.parameters import Name
from serving.http.routing import Api
from serving.http.schemas import NextActionRequest, ScoreRequest
from serving.http.statuses import NOT_FOUND
from serving.http.under_way import SMALL_ASK, heavy
from serving.meaning import Time
from serving.scoring.models import Models, ModelState
from serving.scoring.scores import ScoreAnswer, Scores


class ModelAnswer(TypedDict):
    objective: str
    champion: str | None
    challenger: str | None
    ready: bool
    problem: str | None
    created_at: Time | None
    metrics: dict[str, Any] | None


class ModelsAnswer(TypedDict):
    models: list[ModelAnswer]


def router(
    doorkeeper: Doorkeeper, clock: Clock, models: Models, scores: Scores, next_actions: NextActions, ledger: Ledger
) -> APIRouter:
    """/score, /next-action, /decisions/{id}, /models."""
    routes = Api("scores")

    @routes.post("/score", dependencies=[needs(doorkeeper, Act.SCORE, rows=True)])
    @carries(MANY)
    @heavy(above=SMALL_ASK)
    def post_score(body: ScoreRequest, request: HttpRequest) -> Answer[ScoreAnswer]:
        """Score customers: the chances that they convert, renew or buy more, and what contact adds to them."""
        models.look()
        ids, beyond = visit_of(request).customers(body.customer_ids)
        found = scores.answer(ids, body.explain, clock.now())
        return answer({**found, "unknown": [*found["unknown"], *beyond]} if beyond else found)

    @routes.post("/next-action", dependencies=[needs(doorkeeper, Act.DECIDE, rows=True)])
    @carries(MANY)
    @heavy(above=SMALL_ASK)
    def post_next_action(body: NextActionRequest, asked: HttpRequest) -> Answer[NextActionAnswer]:
        """Decide what to do for customers now.

        Each decision is kept in the ledger with everything that it rests on; see /decisions/{decision_id}.
        """
        models.look()
        request = Request("next-action", body.channel, body.limit, body.explain)
        ids, beyond = visit_of(asked).customers(body.customer_ids)
        found = next_actions.answer(ids, request, clock.now())
        return answer({**found, "unknown": [*found["unknown"], *beyond]} if beyond else found)

    @routes.get(
        "/decisions/{decision_id}",
        dependencies=[needs(doorkeeper, Act.READ_DECISION, rows=True)],
        responses=NOT_FOUND,
    )
    def get_decision(decision_id: Name, request: HttpRequest) -> Answer[DecisionAnswer]:
        """A decision as it was made: what it rests on, what was chosen, and what was rejected by which rule."""
        found = decision_body(ledger.read(decision_id))
        visit_of(request).require_customer(found["customer_id"])
        return answer(found)

    @routes.get("/models", dependencies=[needs(doorkeeper, Act.READ_MODELS)])
    def get_models() -> Answer[ModelsAnswer]:
        """The model of each objective."""
        models.look()
        return answer({"models": [_model(state) for state in models.states]})

    return routes


def _model(state: ModelState) -> ModelAnswer:
    manifest = None if state.bundle is None else state.bundle.manifest
    return {
        "objective": state.objective,
        "champion": state.version,
        "challenger": state.challenger,
        "ready": manifest is not None,
        "problem": state.problem,
        "created_at": None if manifest is None else written(manifest.created_at),
        "metrics": None if manifest is None else dict(manifest.metrics),
    }
