"""Campaigns: named sets of actions that are planned, paced and paused together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import time

from leads.actions.action import Action
from leads.actions.pacing import Pace
from leads.actions.texts import bilingual
from leads.configuration.section import Section
from leads.contact.policy import parse_hours
from leads.words.bilingual import Text


@dataclass(frozen=True)
class Campaign:
    """The actions of a campaign, by name. An action is in at most one campaign. pace: None without a daily quota."""

    name: str
    label: Text
    actions: tuple[str, ...]
    pace: Pace | None = None


Hours = tuple[time | None, time | None]


def parse_campaigns(top: Section, actions: Sequence[Action], hours: Hours = (None, None)) -> tuple[Campaign, ...]:
    """The campaigns under `campaigns`: each names `actions`, `scenes` or `objectives`, and has all that are named.

    hours: over which a daily quota is spread where a campaign names none. Raises InvalidWorkspace for a name that no
    action has, and for an action that is in two campaigns.
    """
    found: list[Campaign] = []
    taken: dict[str, str] = {}
    for name, section in top.sections("campaigns"):
        campaign = _campaign(name, section, actions, hours)
        for action in campaign.actions:
            if action in taken:
                allowed = f"actions of one campaign only ({action} is in {taken[action]} too)"
                raise top.section("campaigns").refuse(name, allowed, action)
            taken[action] = name
        found.append(campaign)
    return tuple(found)


def _campaign(name: str, section: Section, actions: Sequence[Action], hours: Hours) -> Campaign:
    section.only("label", "actions", "scenes", "objectives", "daily_quota", "hours", "slack")
    named = section.choices("actions", [action.name for action in actions])
    scenes = section.choices("scenes", dict.fromkeys(action.scene for action in actions))
    objectives = section.choices("objectives", dict.fromkeys(a.objective for a in actions if a.objective is not None))
    chosen = tuple(
        action.name
        for action in actions
        if action.name in named or action.scene in scenes or action.objective in objectives
    )
    if not chosen:
        raise section.refuse("actions", "at least one action, by `actions`, `scenes` or `objectives`")
    return Campaign(name, bilingual(section, "label", name), chosen, _pace(section, hours))


def _pace(section: Section, hours: Hours) -> Pace | None:
    quota, slack = section.count("daily_quota"), section.count("slack", 1)
    if quota is None:
        for name in ("hours", "slack"):
            if section.has(name):
                raise section.refuse(name, "a daily_quota beside it")
        return None
    opens, closes = parse_hours(section) if section.has("hours") else hours
    return Pace(quota, opens, closes, 0 if slack is None else slack)
