"""Routes for scores, next actions, decisions and models."""

from __future__ import annotations

from fastapi import APIRouter, Response

from serving.clock import written
from serving.decisions.deciding import Request
from serving.decisions.next_action import next_actions
from serving.http.access import needs
from serving.http.answering import NOT_FOUND, Context, answer
from serving.http.answers import DecisionAnswer, ModelsAnswer, NextActionAnswer, ScoreAnswer
from serving.http.parameters import Name
from serving.http.routing import Read
from serving.http.schemas import NextActionRequest, ScoreRequest
from serving.scoring.scores import score


def router(context: Context) -> APIRouter:
    """/score, /next-action, /decisions/{id}, /models."""
    keys = context.services.keys
    routes = APIRouter(route_class=Read, tags=["scores"], dependencies=[needs(keys, "crm")])

    @routes.post("/score", response_model=ScoreAnswer)
    def post_score(body: ScoreRequest) -> Response:
        """Score customers: the chances that they convert, renew or buy more, and what contact adds to them."""
        services = context.current()
        return answer(score(services, context.freshness, body.customer_ids, body.explain, services.clock.now()))

    @routes.post("/next-action", response_model=NextActionAnswer)
    def post_next_action(body: NextActionRequest) -> Response:
        """Decide what to do for customers now.

        Each decision is kept in the ledger with everything that it rests on; see /decisions/{decision_id}.
        """
        services = context.current()
        request = Request("next-action", body.channel, body.limit, body.explain)
        return answer(next_actions(services, context.freshness, body.customer_ids, request, services.clock.now()))

    @routes.get("/decisions/{decision_id}", response_model=DecisionAnswer, responses=NOT_FOUND)
    def get_decision(decision_id: Name) -> Response:
        """A decision as it was made: what it rests on, what was chosen, and what was rejected by which rule."""
        found = context.services.ledger.read(decision_id)
        found["decision_id"] = found.pop("id")
        return answer(found)

    @routes.get("/models", response_model=ModelsAnswer)
    def get_models() -> Response:
        """The model of each objective."""
        states = context.current().models.states
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
                    for state in states
                ]
            }
        )

    return routes
