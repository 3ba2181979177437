"""Routes for scores, next actions, decisions and models."""

from __future__ import annotations

from fastapi import APIRouter, Response

from serving.clock import Clock, written
from serving.decisions.batch import Request
from serving.decisions.ledger import Ledger
from serving.decisions.next_action import NextActions
from serving.http.access import needs
from serving.http.answers import DecisionAnswer, ModelsAnswer, NextActionAnswer, ScoreAnswer
from serving.http.keys import KeyFile
from serving.http.parameters import Name
from serving.http.routing import Read
from serving.http.schemas import NextActionRequest, ScoreRequest
from serving.http.statuses import NOT_FOUND, answer
from serving.scoring.models import Models
from serving.scoring.scores import Scores


def router(
    keys: KeyFile, clock: Clock, models: Models, scores: Scores, next_actions: NextActions, ledger: Ledger
) -> APIRouter:
    """/score, /next-action, /decisions/{id}, /models."""
    routes = APIRouter(route_class=Read, tags=["scores"], dependencies=[needs(keys, "crm")])

    @routes.post("/score", response_model=ScoreAnswer)
    def post_score(body: ScoreRequest) -> Response:
        """Score customers: the chances that they convert, renew or buy more, and what contact adds to them."""
        models.look()
        return answer(scores.answer(body.customer_ids, body.explain, clock.now()))

    @routes.post("/next-action", response_model=NextActionAnswer)
    def post_next_action(body: NextActionRequest) -> Response:
        """Decide what to do for customers now.

        Each decision is kept in the ledger with everything that it rests on; see /decisions/{decision_id}.
        """
        models.look()
        request = Request("next-action", body.channel, body.limit, body.explain)
        return answer(next_actions.answer(body.customer_ids, request, clock.now()))

    @routes.get("/decisions/{decision_id}", response_model=DecisionAnswer, responses=NOT_FOUND)
    def get_decision(decision_id: Name) -> Response:
        """A decision as it was made: what it rests on, what was chosen, and what was rejected by which rule."""
        found = ledger.read(decision_id)
        found["decision_id"] = found.pop("id")
        return answer(found)

    @routes.get("/models", response_model=ModelsAnswer)
    def get_models() -> Response:
        """The model of each objective."""
        models.look()
        return answer(
            {
                "models": [
                    {
                        "objective": state.objective,
                        "champion": state.version,
                        "challenger": state.challenger,
                        "ready": state.bundle is not None,
                        "problem": state.problem,
                        "created_at": None if state.bundle is None else written(state.bundle.manifest.created_at),
                        "metrics": None if state.bundle is None else state.bundle.manifest.metrics,
                    }
                    for state in models.states
                ]
            }
        )

    return routes
