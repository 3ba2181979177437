"""What a claim may take: the agent's remit, quotas and loads, fair shares, paces and pauses."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from features.configuration import Configuration
from leads.actions.action import Action
from leads.actions.catalogue import Catalogue
from leads.distribution.agents import Agent, Remit
from leads.distribution.hindrances import hindrance
from serving.clock import day_of
from serving.desk.agents import Register
from serving.desk.desk import Desk
from serving.queue.best_share import BestShares
from serving.queue.granted_counts import GrantedCounts
from serving.queue.lease import Wanted
from serving.queue.share_accounting import Share, ShareAccounts, share_of
from serving.queue.shortage import Hindrance, Shortages
from serving.store.scripts import Scripts
from serving.store.words import ALL, Granted


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


class Allotter:
    """Lets claims be what the rules let them be."""

    def __init__(
        self, scripts: Scripts, configuration: Configuration, register: Register, desk: Desk,
        best_shares: BestShares, granted: GrantedCounts, shortages: Shortages,
    ) -> None:  # fmt: skip
        self._scripts = scripts
        self._configuration = configuration
        self._register = register
        self._desk = desk
        self._best_shares = best_shares
        self._granted = granted
        self._shortages = shortages

    def allot(self, queue: str, wanted: Wanted, now: datetime) -> Allotment:
        """The claim as the rules let it be."""
        configuration = self._configuration
        rules, day = configuration.catalogue.queue.distribution, day_of(now, configuration.workspace.timezone)
        agent = self._register.find(wanted.agent_id)
        if queue in self._desk.paused("queue"):
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
        return self._counted(queue, replace(wanted, **vars(remit)), agent, day, now)

    def conclude(self, queue: str, allotment: Allotment, granted: int, now: datetime) -> list[Hindrance]:
        """After the claim: the accounts of shares are kept, and what left it short of what was wanted is named."""
        wanted = allotment.wanted
        short = wanted is None or granted < wanted.limit
        names = [] if wanted is None else [*wanted.counters, *(share.name for share in allotment.shares)]
        had = self._granted.of(allotment.day, names) if short or allotment.shares else {}
        accounts = self._share_accounts(allotment.day, now)
        for share in allotment.shares:
            missed = short if Granted.read(share.name)[0] is Granted.TEAM else had.get(share.name, 0) == share.had
            accounts.note(share.name, share.account(had.get(share.name, 0), missed), now)
        if not short:
            return []
        used = () if wanted is None else tuple(self._used_up(wanted, had))
        rules = [self._said(rule, name) for rule, name in (*allotment.closed, *used)]
        if wanted is None or any(rule in _NO_MORE for rule, _ in used):
            return rules
        spent = [name for rule, name in used if rule == "campaign_pace"]
        return rules + self._shortages.of(queue, replace(wanted, without=(*wanted.without, *spent)), now)

    def _counted(self, queue: str, wanted: Wanted, agent: Agent, day: str, now: datetime) -> Allotment:
        """The claim with what may be taken of everything that is counted."""
        rules = self._configuration.catalogue.queue.distribution
        shares = self._shares(agent, day, now)
        counters = {share.name: share.most for share in shares if share.most is not None}
        quota = rules.quota_of(agent)
        if quota is not None:
            counters[Granted.AGENT.of(agent.id)] = quota
        if wanted.hourly_of_key is not None:
            counters[key_hour(wanted.key, now)] = wanted.hourly_of_key
        local = now.astimezone(ZoneInfo(self._configuration.workspace.timezone))
        closed = dict(self._closed_campaigns(local))
        paused = tuple(self._desk.paused("queue")) if queue == ALL else ()
        for campaign in self._configuration.catalogue.queue.campaigns:
            if campaign.pace is not None and campaign.name not in closed:
                counters[Granted.CAMPAIGN.of(campaign.name)] = campaign.pace.most(local)
        wanted = replace(
            wanted,
            without=(*wanted.without, *closed),
            paused=paused,
            counters={**wanted.counters, **counters},
            top=self._best_share_line(queue, now),
            team=agent.team if rules.share_of(agent) is not None else None,
            most_held=rules.load_of(agent),
        )
        named = [("objective_paused", name) for name in paused] + [(rule, name) for name, rule in closed.items()]
        return Allotment(wanted, day, tuple(named), shares)

    def _best_share_line(self, queue: str, now: datetime) -> float | None:
        """From which priority on a lead of the queue is among the best, where these are shared out."""
        top = self._configuration.catalogue.queue.distribution.top
        if top is None or not top.even:
            return None
        return self._best_shares.of(queue, top.share, now)

    def _shares(self, agent: Agent, day: str, now: datetime) -> tuple[Share, ...]:
        """The shares of the agent in the best leads, and of their team in all."""
        rules = self._configuration.catalogue.queue.distribution
        asked = []
        if rules.top is not None and rules.top.even:
            asked.append((Granted.TOP.of(agent.id), 1.0, rules.top.ahead))
        weight = rules.share_of(agent)
        if weight is not None:
            asked.append((Granted.TEAM.of(agent.team or ""), weight, rules.ahead))
        accounts = self._share_accounts(day, now)
        return tuple(share_of(name, weight, ahead, accounts.standing(name)) for name, weight, ahead in asked)

    def _share_accounts(self, day: str, now: datetime) -> ShareAccounts:
        return ShareAccounts(self._scripts, day, now - self._configuration.catalogue.queue.distribution.at_work)

    def _closed_campaigns(self, local: datetime) -> Iterator[tuple[str, str]]:
        """Campaigns of which nothing may be taken at this local time, each with the rule that says so."""
        paused = self._desk.paused("campaign")
        for campaign in self._configuration.catalogue.queue.campaigns:
            if campaign.name in paused:
                yield campaign.name, "campaign_paused"
            elif campaign.pace is not None and not campaign.pace.is_open(local):
                yield campaign.name, "campaign_closed"

    def _used_up(self, wanted: Wanted, had: Mapping[str, int]) -> Iterator[tuple[str, str]]:
        for counter, most in wanted.counters.items():
            kind, name = Granted.read(counter)
            if had.get(counter, 0) >= most:
                yield _RULES[kind], name if kind is Granted.CAMPAIGN else ""
        if wanted.most_held is not None and self._granted.load(wanted.agent_id) >= wanted.most_held:
            yield "max_load", ""
        if wanted.most_of_key is not None and self._granted.load_of_key(wanted.key) >= wanted.most_of_key:
            yield "key_load", ""

    def _said(self, rule: str, name: str) -> Hindrance:
        configuration = self._configuration
        if rule == "objective_paused":
            return {"rule": rule, "text": hindrance(rule, configuration.workspace.objectives[name].label)}
        labels = {found.name: found.label for found in configuration.catalogue.queue.campaigns}
        return {"rule": rule, "text": hindrance(rule, labels.get(name))}


def may_be_handed_out(catalogue: Catalogue, wanted: Wanted, action: Action) -> bool:
    """Whether what was decided on at the claim belongs to nothing that is closed or paused."""
    return catalogue.queue.campaign_of(action.name) not in wanted.without and action.objective not in wanted.paused


def key_hour(key: str, now: datetime) -> str:
    """The counter of what is taken with a key within this hour."""
    return Granted.KEY_HOUR.of(f"{now.astimezone(UTC):%H}:{key}")


def _nothing(rule: str, day: str) -> Allotment:
    return Allotment(None, day, ((rule, ""),))


_RULES = {
    Granted.AGENT: "daily_quota", Granted.TOP: "top_share", Granted.TEAM: "team_share",
    Granted.CAMPAIGN: "campaign_pace", Granted.KEY_HOUR: "key_hour",
}  # fmt: skip
"""By what a counter counts, the rule that limits it."""


_NO_MORE = ("daily_quota", "max_load", "key_load", "key_hour", "team_share", "top_share")
"""Rules after which it does not matter what else waits."""
