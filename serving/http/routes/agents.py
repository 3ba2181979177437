"""Routes for the register of agents."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Request
from typing_extensions import TypedDict

from serving.access.act import Act
from serving.clock import Clock
from serving.desk.agents import AgentAnswer, Register
from serving.desk.agents import body as body_of
from serving.desk.desk import Desk, Doing
from serving.http.access import Doorkeeper, needs, visit_of
from serving.http.answer import Answer, answer
from serving.http.parameters import Name
from serving.http.routing import Api
from serving.http.schemas import AgentRequest
from serving.http.statuses import NOT_FOUND


class AgentsAnswer(TypedDict):
    agents: list[AgentAnswer]


def router(doorkeeper: Doorkeeper, clock: Clock, register: Register, desk: Desk) -> APIRouter:
    """/agents: admins write, dialers read."""
    routes = Api("agents")
    read = [needs(doorkeeper, Act.READ_AGENTS, rows=True)]
    write = [needs(doorkeeper, Act.CHANGE_AGENTS)]

    @routes.get("/agents", dependencies=read)
    def get_agents(request: Request) -> Answer[AgentsAnswer]:
        """All agents that are registered."""
        known = register.all()
        seen = visit_of(request).right.agents([agent.id for agent in known])
        return answer({"agents": [body_of(agent) for agent in known if agent.id in seen]})

    @routes.put("/agents/{agent_id}", dependencies=write)
    def put_agent(agent_id: Name, body: AgentRequest, request: Request) -> Answer[AgentAnswer]:
        """Register an agent, or change one."""
        changes = body.model_dump(exclude_unset=True, exclude={"by", "why"})
        agent = register.put(agent_id, changes)
        key = visit_of(request).principal.id
        desk.note(Doing("agent.changed", agent_id, body.by or key, body.why, key), clock.now())
        return answer(body_of(agent))

    @routes.delete("/agents/{agent_id}", dependencies=write, responses=NOT_FOUND)
    def delete_agent(
        agent_id: Name,
        request: Request,
        by: Annotated[str, Query(max_length=256)] = "",
        why: Annotated[str, Query(max_length=1000)] = "",
    ) -> Answer[AgentAnswer]:
        """Take an agent from the register; leases in hand stay theirs."""
        agent = register.remove(agent_id)
        key = visit_of(request).principal.id
        desk.note(Doing("agent.removed", agent_id, by or key, why, key), clock.now())
        return answer(body_of(agent))

    return routes
