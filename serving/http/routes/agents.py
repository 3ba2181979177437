"""Routes for the register of agents."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from serving.desk import agents
from serving.desk.desk import Doing
from serving.http.access import needs
from serving.http.answering import NOT_FOUND, Context, answer
from serving.http.answers import AgentAnswer, AgentsAnswer
from serving.http.parameters import Name
from serving.http.routing import Read
from serving.http.schemas import AgentRequest


def router(context: Context) -> APIRouter:
    """/agents: admins write, dialers read."""
    services = context.services
    routes = APIRouter(route_class=Read, tags=["agents"])
    read, write = [needs(services.keys, "dialer")], [needs(services.keys)]

    @routes.get("/agents", response_model=AgentsAnswer, dependencies=read)
    def get_agents() -> Response:
        """All agents that are registered."""
        return answer({"agents": [agents.body(agent) for agent in services.register.all()]})

    @routes.put("/agents/{agent_id}", response_model=AgentAnswer, dependencies=write)
    def put_agent(agent_id: Name, body: AgentRequest, request: Request) -> Response:
        """Register an agent, or change one."""
        changes = body.model_dump(exclude_unset=True, exclude={"by", "why"})
        agent = services.register.put(agent_id, changes)
        key = request.state.caller
        services.desk.note(Doing("agent.changed", agent_id, body.by or key, body.why, key), services.clock.now())
        return answer(agents.body(agent))

    @routes.delete("/agents/{agent_id}", response_model=AgentAnswer, dependencies=write, responses=NOT_FOUND)
    def delete_agent(
        agent_id: Name,
        request: Request,
        by: Annotated[str, Query(max_length=256)] = "",
        why: Annotated[str, Query(max_length=1000)] = "",
    ) -> Response:
        """Take an agent from the register; leases in hand stay theirs."""
        agent = services.register.remove(agent_id)
        key = request.state.caller
        services.desk.note(Doing("agent.removed", agent_id, by or key, why, key), services.clock.now())
        return answer(agents.body(agent))

    return routes
