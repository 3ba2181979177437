"""What a claim may take: the agent's remit, quotas and loads, fair shares, paces and pauses."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from leads.action import Action
from leads.agents import Agent, Remit
from leads.hindrances import hindrance
from serving.clock import day_of
from serving.queue.leases import Wanted
from serving.queue.shortage import shortage
from serving.queue.topline import TopLines
from serving.queue.turns import Share, Turns, share_of
from serving.services import Services


@dataclass(frozen=True)
class Allotment:
    """A claim within the rules.

    wanted: what may be claimed, None for nothing at all. day: under which it counts. closed: rules that close something
    from the start, with the campaign or queue where it is one's. shares: of the agent and their team, where limited.
    """

    wanted: Wanted | None
    day: str
    closed: tuple[tuple[str, str], ...] = ()
    shares: tuple[Share, ...] = field(default=())


def allot(services: Services, queue: str, wanted: Wanted, now: datetime) -> Allotment:
    """The claim as the rules let it be."""
    configuration = services.configuration
    rules, day = configuration.catalogue.distribution, day_of(now, configuration.workspace.timezone)
    agent = services.register.find(wanted.agent_id)
    if queue in services.desk.paused("queue"):
        return _nothing("queue_paused", day)
    if agent is None and rules.registered_only:
        return _nothing("not_registered", day)
    agent = agent or Agent(wanted.agent_id)
    if not agent.active:
        return _nothing("inactive", day)
    own = rules.remit_of(agent)
    remit = own and Remit(wanted.skills, wanted.regions, wanted.languages).within(own)
    if remit is None:
        return _nothing("outside_remit", day)
    return _counted(services, queue, replace(wanted, **vars(remit)), agent, day, now)


def told(services: Services, queue: str, allotment: Allotment, granted: int, now: datetime) -> list[dict[str, Any]]:
    """After the claim: the turns are kept, and what left it short of what was wanted is named."""
    wanted = allotment.wanted
    short = wanted is None or granted < wanted.limit
    names = [] if wanted is None else [*wanted.counters, *(share.name for share in allotment.shares)]
    had = services.queue.counted(allotment.day, names) if short or allotment.shares else {}
    turns = _turns(services, allotment.day, now)
    for share in allotment.shares:
        missed = short if share.name.startswith("team:") else had.get(share.name, 0) == share.had
        turns.note(share.name, share.turn(had.get(share.name, 0), missed), now)
    if not short:
        return []
    used = () if wanted is None else tuple(_used_up(services, wanted, had))
    rules = [_said(services, rule, name) for rule, name in (*allotment.closed, *used)]
    if wanted is None or any(rule in _NO_MORE for rule, _ in used):
        return rules
    spent = [name for rule, name in used if rule == "campaign_pace"]
    return rules + shortage(services, queue, replace(wanted, without=(*wanted.without, *spent)), now)


def _nothing(rule: str, day: str) -> Allotment:
    return Allotment(None, day, ((rule, ""),))


def _counted(services: Services, queue: str, wanted: Wanted, agent: Agent, day: str, now: datetime) -> Allotment:
    """The claim with what may be taken of everything that is counted."""
    rules = services.configuration.catalogue.distribution
    shares = _shares(services, agent, day, now)
    counters = {share.name: share.most for share in shares if share.most is not None}
    quota = rules.quota_of(agent)
    if quota is not None:
        counters[f"agent:{agent.id}"] = quota
    local = now.astimezone(ZoneInfo(services.configuration.workspace.timezone))
    closed = dict(_closed_campaigns(services, local))
    paused = tuple(services.desk.paused("queue")) if queue == "all" else ()
    for campaign in services.configuration.catalogue.campaigns:
        if campaign.pace is not None and campaign.name not in closed:
            counters[f"campaign:{campaign.name}"] = campaign.pace.most(local)
    wanted = replace(
        wanted,
        without=(*wanted.without, *closed),
        paused=paused,
        counters={**wanted.counters, **counters},
        top=_top_line(services, queue, now),
        team=agent.team if rules.share_of(agent) is not None else None,
        most_held=rules.load_of(agent),
    )
    named = [("objective_paused", name) for name in paused] + [(rule, name) for name, rule in closed.items()]
    return Allotment(wanted, day, tuple(named), shares)


def _top_line(services: Services, queue: str, now: datetime) -> float | None:
    """From which priority on a lead of the queue is among the best, where these are shared out."""
    top = services.configuration.catalogue.distribution.top
    if top is None or not top.even:
        return None
    return TopLines(services.client, services.keyspace, services.scripts, top.share).of(queue, now)


def _shares(services: Services, agent: Agent, day: str, now: datetime) -> tuple[Share, ...]:
    """The shares of the agent in the best leads, and of their team in all."""
    rules = services.configuration.catalogue.distribution
    asked = []
    if rules.top is not None and rules.top.even:
        asked.append((f"top:{agent.id}", 1.0, rules.top.ahead))
    weight = rules.share_of(agent)
    if weight is not None:
        asked.append((f"team:{agent.team}", weight, rules.ahead))
    turns = _turns(services, day, now)
    return tuple(share_of(name, weight, ahead, turns.standing(name)) for name, weight, ahead in asked)


def _turns(services: Services, day: str, now: datetime) -> Turns:
    return Turns(services.scripts, day, now - services.configuration.catalogue.distribution.at_work)


def _closed_campaigns(services: Services, local: datetime) -> Iterator[tuple[str, str]]:
    """Campaigns of which nothing may be taken at this local time, each with the rule that says so."""
    paused = services.desk.paused("campaign")
    for campaign in services.configuration.catalogue.campaigns:
        if campaign.name in paused:
            yield campaign.name, "campaign_paused"
        elif campaign.pace is not None and not campaign.pace.is_open(local):
            yield campaign.name, "campaign_closed"


_RULES = {"agent": "daily_quota", "top": "top_share", "team": "team_share", "campaign": "campaign_pace"}
"""By what a counter counts, the rule that limits it."""


_NO_MORE = ("daily_quota", "max_load", "team_share", "top_share")
"""Rules after which it does not matter what else waits."""


def _used_up(services: Services, wanted: Wanted, had: Mapping[str, int]) -> Iterator[tuple[str, str]]:
    for counter, most in wanted.counters.items():
        kind, _, name = counter.partition(":")
        if had.get(counter, 0) >= most:
            yield _RULES[kind], name if kind == "campaign" else ""
    if wanted.most_held is not None and services.queue.load(wanted.agent_id) >= wanted.most_held:
        yield "max_load", ""


def may_be_handed_out(services: Services, wanted: Wanted, action: Action) -> bool:
    """Whether what was decided on at the claim belongs to nothing that is closed or paused."""
    campaign = services.configuration.catalogue.campaign_of(action.name)
    return campaign not in wanted.without and action.objective not in wanted.paused


def _said(services: Services, rule: str, name: str) -> dict[str, Any]:
    configuration = services.configuration
    if rule == "objective_paused":
        return {"rule": rule, "text": hindrance(rule, configuration.workspace.objectives[name].label)}
    labels = {found.name: found.label for found in configuration.catalogue.campaigns}
    return {"rule": rule, "text": hindrance(rule, labels.get(name))}
