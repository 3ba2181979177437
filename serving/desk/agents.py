"""The register of agents: in the home's `agents.json`, so that it outlives the hot store."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, replace
from pathlib import Path
from typing import Annotated, Any

from typing_extensions import TypedDict

from features.configuration import Configuration
from leads.distribution.agents import Agent, Remit
from leads.errors import FieldError, InvalidInput, NotFound
from serving.homefile import HomeFile
from serving.meaning import Means

_REMIT = ("skills", "regions", "languages")


class Register:
    """Agents by id. What one process registers, the others know at their next claim."""

    def __init__(self, path: Path, configuration: Configuration) -> None:
        self._file = HomeFile(path, list, _agents, "a list of agents as PUT /agents writes it")
        self._configuration = configuration

    def find(self, agent_id: str) -> Agent | None:
        """The agent, None where the register does not know them."""
        return self._file.current().get(agent_id)

    def all(self) -> tuple[Agent, ...]:
        """All agents, by id."""
        agents = self._file.current()
        return tuple(agents[name] for name in sorted(agents))

    def put(self, agent_id: str, changes: Mapping[str, Any]) -> Agent:
        """Register an agent, or change one: what is not named stays, None takes it back to what a new one has.

        Raises InvalidInput for a team, skill or region that the workspace does not declare.
        """
        self._check(changes)
        with self._file.locked():
            agents = dict(self._file.read())
            agents[agent_id] = _changed(agents.get(agent_id, Agent(agent_id)), changes)
            self._write(agents)
        return agents[agent_id]

    def remove(self, agent_id: str) -> Agent:
        """Forget an agent; leases in hand stay theirs. Raises NotFound."""
        with self._file.locked():
            agents = dict(self._file.read())
            if agent_id not in agents:
                raise NotFound("agent", agent_id)
            removed = agents.pop(agent_id)
            self._write(agents)
        return removed

    def _write(self, agents: Mapping[str, Agent]) -> None:
        self._file.write([asdict(agent) for agent in agents.values()])

    def _check(self, changes: Mapping[str, Any]) -> None:
        workspace = self._configuration.workspace
        errors = _unknown("skills", changes.get("skills"), tuple(workspace.products))
        for field, tag in (("regions", workspace.region_tag), ("languages", workspace.language_tag)):
            declared = workspace.tags[tag].values if tag else ()
            errors += _unknown(field, changes.get(field), declared) if declared else []
        team = changes.get("team")
        errors += _unknown("team", None if team is None else [team], tuple(self._teams()))
        if errors:
            raise InvalidInput.of(errors)

    def _teams(self) -> Mapping[str, Any]:
        return self._configuration.catalogue.queue.distribution.teams


class AgentAnswer(TypedDict):
    agent_id: str
    name: str | None
    team: str | None
    skills: Annotated[list[str], Means("product lines; empty: all")]
    regions: list[str]
    languages: list[str]
    daily_quota: int | None
    max_load: int | None
    active: bool


def body(agent: Agent) -> AgentAnswer:
    """The agent as an answer shows them."""
    return {
        "agent_id": agent.id,
        "name": agent.name,
        "team": agent.team,
        "skills": list(agent.remit.skills),
        "regions": list(agent.remit.regions),
        "languages": list(agent.remit.languages),
        "daily_quota": agent.daily_quota,
        "max_load": agent.max_load,
        "active": agent.active,
    }


def _changed(agent: Agent, changes: Mapping[str, Any]) -> Agent:
    remit = {name: tuple(changes[name] or ()) for name in _REMIT if name in changes}
    plain = {name: value for name, value in changes.items() if name not in _REMIT}
    if plain.get("active", True) is None:
        plain["active"] = True
    return replace(agent, remit=replace(agent.remit, **remit), **plain)


def _unknown(field: str, given: Any, allowed: tuple[str, ...]) -> list[FieldError]:
    reason = f"one of {', '.join(allowed) or '(none declared)'}"
    return [FieldError(field, name, reason) for name in given or () if name not in allowed]


def _agents(document: Any) -> Mapping[str, Agent]:
    return {item["id"]: _agent(item) for item in document or ()}


def _agent(item: Mapping[str, Any]) -> Agent:
    return Agent(**{**item, "remit": Remit(**{name: tuple(item["remit"][name]) for name in _REMIT})})
