"""Who gets which leads: teams, quotas, loads, and the best leads shared out evenly."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta

from leads.configuration.section import Section
from leads.configuration.workspace import Workspace
from leads.distribution.agents import ANY, Agent, Remit
from leads.words.bilingual import Text


@dataclass(frozen=True)
class Team:
    """Agents who work together. share: its part of the day's leads beside the other teams' shares; None: no limit."""

    name: str
    label: Text
    remit: Remit = ANY
    share: float | None = None


@dataclass(frozen=True)
class Top:
    """The best leads of a queue. share: of those who wait, how many count as the best.

    ahead: how many more than the others' mean an agent may have had. even: whether they are shared out at all.
    """

    share: float = 0.1
    ahead: int = 1
    even: bool = True


@dataclass(frozen=True)
class Distribution:
    """The rules. The default changes nothing.

    daily_quota, max_load: of an agent for whom the register says nothing else; None without a limit.
    ahead: how many leads more than its share a team may have had.
    at_work: whoever claimed so lately counts as being at work.
    registered_only: whether agents that the register does not know get nothing.
    """

    teams: Mapping[str, Team] = field(default_factory=dict)
    daily_quota: int | None = None
    max_load: int | None = None
    top: Top | None = None
    ahead: int = 1
    at_work: timedelta = timedelta(hours=1)
    registered_only: bool = False

    def remit_of(self, agent: Agent) -> Remit | None:
        """What the agent and their team may take, None where that is nothing."""
        team = self.teams.get(agent.team or "")
        return agent.remit if team is None else agent.remit.within(team.remit)

    def quota_of(self, agent: Agent) -> int | None:
        """Leads a day, None without a limit."""
        return self.daily_quota if agent.daily_quota is None else agent.daily_quota

    def load_of(self, agent: Agent) -> int | None:
        """Leads held at once, None without a limit."""
        return self.max_load if agent.max_load is None else agent.max_load

    def share_of(self, agent: Agent) -> float | None:
        """The share of the agent's team, None without a limit."""
        team = self.teams.get(agent.team or "")
        return None if team is None else team.share


OPEN = Distribution()
"""Everybody may take everything."""


def parse_distribution(section: Section, workspace: Workspace) -> Distribution:
    """The rules from their section of the catalogue.

    Raises InvalidWorkspace for an unknown key, a product or region that is not declared, or a number out of range.
    """
    section.only("teams", "daily_quota", "max_load", "top", "ahead", "at_work", "registered_only")
    return Distribution(
        teams={name: _team(name, inner, workspace) for name, inner in section.sections("teams")},
        daily_quota=section.count("daily_quota"),
        max_load=section.count("max_load", least=1),
        top=_top(section.section("top")) if section.has("top") else None,
        ahead=section.count("ahead", 1, least=1) or 1,
        at_work=section.duration("at_work", "1h"),
        registered_only=section.flag("registered_only", False),
    )


def _team(name: str, section: Section, workspace: Workspace) -> Team:
    section.only("label", "skills", "regions", "languages", "share")
    share = section.number("share", least=0) if section.has("share") else None
    if share == 0:
        raise section.refuse("share", "more than 0")
    remit = Remit(
        section.choices("skills", workspace.products),
        _values(section, "regions", workspace, workspace.region_tag),
        _values(section, "languages", workspace, workspace.language_tag),
    )
    return Team(name, section.label("label", name), remit, share)


def _values(section: Section, name: str, workspace: Workspace, tag: str | None) -> tuple[str, ...]:
    """Those that the tag declares, or any where it declares none."""
    declared = workspace.tags[tag].values if tag else ()
    return section.choices(name, declared) if declared else section.texts(name)


def _top(section: Section) -> Top:
    section.only("share", "ahead", "even")
    share = section.number("share", 0.1, least=0)
    if not 0 < share < 1:
        raise section.refuse("share", "a share between 0 and 1")
    return Top(share, section.count("ahead", 1, least=1) or 1, section.flag("even", True))
