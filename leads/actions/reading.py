"""The action catalogue as its file declares it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import time
from typing import Any

from leads.actions.action import Action, Terms, parse_actions
from leads.actions.action_set import ActionSet
from leads.actions.cadence import Cadence
from leads.actions.campaigns import parse_campaigns
from leads.actions.catalogue import Catalogue
from leads.actions.experiments import Experiments
from leads.actions.learning import parse_learning
from leads.actions.levers import parse_arms
from leads.actions.plays import check_plays, due_rules, parse_plays
from leads.actions.queue_rules import QueueRules
from leads.actions.reports import NEXT, REPORTED, SOLD, can_report, reported_column
from leads.actions.texts import bilingual
from leads.actions.valuation import parse_valuation
from leads.configuration.objective import Objective
from leads.configuration.rules import Rule, parse_rule
from leads.configuration.section import Section
from leads.configuration.workspace import Workspace
from leads.contact.event_windows import parse_counts
from leads.contact.policy import CALL, ContactPolicy, open_policy, parse_contact
from leads.distribution.queueing import parse_queueing
from leads.distribution.teams import parse_distribution
from leads.words.bilingual import Text

_KEYS = (
    "scenes",
    "passive_channels",
    "agent_minute",
    "fatigue_price",
    "contact",
    "levers",
    "control_share",
    "rules",
    "priority",
    "value_by",
    "unproven",
    "learning",
    "arms",
    "counts",
    "plays",
    "distribution",
    "campaigns",
    "queue",
    "actions",
)


def parse_catalogue(document: Any, workspace: Workspace, file: str = "actions.yaml") -> Catalogue:
    """A catalogue from its parsed file; without one (None), a call for every objective, and for every product
    where the objective is for each.

    Raises InvalidWorkspace naming the file, the key, its value and what is allowed.
    """
    if document is None:
        return _plain(workspace)
    top = Section.of(file, "", document)
    top.only(*_KEYS)
    scenes = _labels(top.section("scenes"))
    contact, plays = parse_contact(top.section("contact"), workspace, tuple(scenes)), parse_plays(top, workspace)
    passive = _passive(top, contact)
    terms = Terms(
        workspace=workspace,
        scenes=tuple(scenes),
        channels=(*workspace.channels, *passive),
        agent_minute=top.number("agent_minute", 0.0, least=0),
        reasons=_labels(top.section("rules")),
        fatigue=contact.fatigue,
    )
    share = top.number("control_share", 0.0, least=0)
    if share >= 1:
        raise top.refuse("control_share", "a share below 1")
    actions = _actions(top, terms)
    valuation = parse_valuation(top, actions, tuple(scenes), workspace)
    learning = parse_learning(top.section("learning"), tuple(action.name for action in actions))
    arms = parse_arms(top, valuation.levers, learning, share, (actions, scenes, workspace))
    check_plays(plays, {action.name: action.channel for action in actions}, contact.sent, top)
    return Catalogue(
        actions=ActionSet(
            _timed(actions, due_rules(plays, top)), scenes, workspace.objectives, passive, _sold(actions, workspace)
        ),
        contact=contact,
        digest=_digest(document),
        valuation=valuation,
        experiments=Experiments(share, learning, arms),
        cadence=Cadence(parse_counts(top, workspace), plays, tuple(play.day(top.section("plays")) for play in plays)),
        queue=QueueRules(
            parse_distribution(top.section("distribution"), workspace),
            parse_campaigns(top, actions, _call_hours(contact)),
            parse_queueing(top.section("queue")),
        ),
    )


def _passive(top: Section, contact: ContactPolicy) -> dict[str, str | None]:
    """A list of names, or by name the channel that it is like. Calls are not found by oneself."""
    if CALL in (top.values.get("passive_channels") or ()):
        raise top.refuse("passive_channels", "channels of content that customers find by themselves, no calls", CALL)
    if not isinstance(top.values.get("passive_channels"), Mapping):
        return dict.fromkeys(top.texts("passive_channels"))
    section = top.section("passive_channels")
    return {name: section.choice(name, contact.channels) for name in section.values}


def _call_hours(contact: ContactPolicy) -> tuple[time | None, time | None]:
    calls = contact.channels.get(CALL)
    return (None, None) if calls is None else (calls.opens, calls.closes)


def _labels(section: Section) -> dict[str, Text]:
    return {str(name): bilingual(section, name, str(name)) for name in section.values}


def _actions(top: Section, terms: Terms) -> tuple[Action, ...]:
    found: dict[str, Action] = {}
    for name, section in top.sections("actions"):
        for action in parse_actions(name, section, terms):
            if action.name in found:
                raise top.refuse("actions", f"names that differ ({action.name} is there twice)", name)
            found[action.name] = action
    if not found:
        raise top.refuse("actions", "at least one action")
    return tuple(found.values())


def _timed(actions: tuple[Action, ...], due: Mapping[str, Rule]) -> tuple[Action, ...]:
    """The actions, where those of a play are applicable only while a step of theirs is due."""
    return tuple(
        replace(action, applicability=(due[action.name], *action.applicability)) if action.name in due else action
        for action in actions
    )


def _sold(actions: tuple[Action, ...], workspace: Workspace) -> dict[str, Rule]:
    """By action the rule that what it offers is not reported as sold; none where nothing tells of reports."""
    if not can_report(workspace.events, workspace.fields):
        return {}
    top = Section.of("actions.yaml", "", {})
    columns = {action.name: _sold_columns(action, workspace) for action in actions}
    return {
        name: parse_rule(SOLD, " AND ".join(f"{column} IS NULL" for column in asked), top, "actions")
        for name, asked in columns.items()
        if asked
    }


def _sold_columns(action: Action, workspace: Workspace) -> tuple[str, ...]:
    """What must not be reported for the action to be offered. None of what agents do not sell."""
    goal = None if action.objective is None else workspace.objectives[action.objective]
    roles = {event.policy for event in workspace.events.values()} & {"purchased", "renewed"}
    if goal is not None and goal.product == "expiring":
        return (NEXT,) if roles else (REPORTED,)
    sells = goal is not None and (not roles or workspace.events[goal.target].policy in roles)
    if goal is not None and goal.product == "none":
        return (REPORTED,) if sells else ()
    return () if action.product is None or "product" not in workspace.fields else (reported_column(action.product),)


def _plain(workspace: Workspace) -> Catalogue:
    """One call per objective, as valuable as it is likely; for anyone who did not refuse."""
    document = {f"call_{name}": _call(objective) for name, objective in workspace.objectives.items()}
    top = Section.of("actions.yaml", "", {"actions": document})
    scenes = {name: objective.label for name, objective in workspace.objectives.items()}
    channels = tuple(dict.fromkeys((*workspace.channels, "call")))
    actions = _actions(top, Terms(workspace, tuple(scenes), channels, 0.0, {}, {})) if document else ()
    return Catalogue(
        actions=ActionSet(actions, scenes, workspace.objectives, sold=_sold(actions, workspace)),
        contact=open_policy(workspace),
        digest=_digest(None),
    )


def _call(objective: Objective) -> dict[str, Any]:
    call = {"objective": objective.name, "scene": objective.name, "channel": "call"}
    if objective.product != "each":
        return call | {"label": dict(objective.label)}
    return call | {
        "product": "each",
        "label": {k: f"{text}: {{product}}" for k, text in objective.label.items()},
    }


def _digest(document: Any) -> str:
    return hashlib.sha256(json.dumps(document, sort_keys=True, default=str).encode()).hexdigest()
