"""The action catalogue: everything that can be done for a customer, and the rules under which it may be."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import time
from functools import cached_property
from typing import Any, Final

from leads.actions.action import STAGES, WAIT, Action, Terms, bilingual, of_next_policy, parse_actions
from leads.actions.campaigns import Campaign, parse_campaigns
from leads.actions.learning import USUAL, Arm, Learning, parse_learning
from leads.actions.levers import parse_arms, parse_levers
from leads.actions.plays import Play, check_plays, due_rules, parse_plays, play_windows
from leads.actions.reports import NEXT, REPORTED, SOLD, can_report, reported_column
from leads.actions.unproven import TAKEN, Unproven, parse_unproven
from leads.configuration.amount import Amount, parse_amount
from leads.configuration.objective import Objective
from leads.configuration.rules import Rule, parse_rule
from leads.configuration.section import Section
from leads.configuration.workspace import Workspace
from leads.contact.cost import NOTHING, Cost
from leads.contact.event_windows import Count, EventWindow, parse_counts
from leads.contact.policy import CALL, ContactPolicy, number_free, open_policy, parse_contact
from leads.distribution.queueing import USUAL as USUAL_QUEUEING
from leads.distribution.queueing import Queueing, parse_queueing
from leads.distribution.teams import OPEN, Distribution, parse_distribution
from leads.words.wording import Text


@dataclass(frozen=True)
class Refusal:
    """Why an action is not offered.

    stage: in their order `request` (another channel was asked for), `population` (the objective does not
        apply), the action's own three, `contact` (the policy and its hours), and `ramp` (a new action that is not
        offered to everyone yet).
    """

    stage: str
    rule: Rule


HOURS = "(contact hours)"
"""In place of a file in the refusal of a closed channel: its rule is not SQL."""

CHANNEL_ASKED = Refusal("request", Rule("channel", "the channel that was asked for"))


RAMP = Refusal("ramp", Rule("ramp", "new actions are offered to more customers as evidence comes in"))


def hours_refusal(channel: str) -> Refusal:
    """Refused because the channel is closed now where the customer is."""
    return Refusal("contact", Rule("hours", f"{channel} is open where the customer is", channel, HOURS))


def is_rule(refusal: Refusal) -> bool:
    """Whether it is a rule that somebody wrote, to be asked of the frame."""
    return refusal.stage not in ("request", "population") and refusal.rule.file != HOURS


PARTS = ("propensity", "value", "context", "lever", "cost")
"""What a priority may be made of: propensity × value × context × lever − cost."""


PROPENSITY: Final = "propensity"
UPLIFT: Final = "uplift"
"""What an action may be valued by: the chance that it succeeds, or what contact adds to that chance."""

FREE = Amount(0.0)


@dataclass(frozen=True, eq=False)
class Catalogue:
    """What can be done.

    levers: by kind (`action`, `scene` or `objective`) and name, factors of the priority beside each action's own.
    control_share: share of the customers who are left untouched, by hash of customer and month.
    counts, plays: further columns for rules, and the cadence. days: each play's day, a column for its steps.
    parts: what the priority is made of; a factor that is left out counts as 1, a cost as 0.
    learning: how it learns from what came of decisions. arms: experiments beside control and treatment.
    fatigue_price: what a contact of weight 1 costs in the customer's patience, in the workspace's currency.
    distribution: who gets which leads.
    campaigns: sets of actions that are planned together. queueing: how leads are handed out.
    value_by: `propensity`, or `uplift`: where the effect of contact is known it counts in place of propensity × context
        (`leads.arbitration.uplift_valuation`). unproven: what counts by uplift where it is not known.
    passive: channels of content that customers find by themselves, with the channel whose contact moves the same
        people, None where none is known to.
    sold: by action the rule that no agent has just sold what it offers.
    """

    actions: tuple[Action, ...]
    contact: ContactPolicy
    levers: Mapping[str, Mapping[str, float]]
    control_share: float
    scenes: Mapping[str, Text]
    objectives: Mapping[str, Objective]
    digest: str
    counts: tuple[Count, ...] = ()
    plays: tuple[Play, ...] = ()
    days: tuple[Rule, ...] = ()
    parts: tuple[str, ...] = PARTS
    learning: Learning = USUAL
    arms: tuple[Arm, ...] = ()
    fatigue_price: Amount = FREE
    distribution: Distribution = OPEN
    campaigns: tuple[Campaign, ...] = ()
    queueing: Queueing = USUAL_QUEUEING
    value_by: str = PROPENSITY
    unproven: Unproven = TAKEN
    passive: Mapping[str, str | None] = field(default_factory=dict)
    sold: Mapping[str, Rule] = field(default_factory=dict)

    def positions(self, objective: str | None = None, channel: str | None = None) -> tuple[int, ...]:
        """Where the actions of an objective and a channel stand, None asks for all; `wait` is never among
        them.
        """
        return tuple(
            i
            for i, action in enumerate(self.actions)
            if action.name != WAIT
            and (objective is None or action.objective == objective)
            and (channel is None or action.channel == channel)
        )

    def action(self, name: str) -> Action | None:
        """The action of that name, None where there is none (any more)."""
        return self._named.get(name)

    def campaign_of(self, action: str) -> str | None:
        """The name of the campaign that the action belongs to, None for none."""
        return self._campaigns.get(action)

    @cached_property
    def _campaigns(self) -> Mapping[str, str]:
        return {action: campaign.name for campaign in self.campaigns for action in campaign.actions}

    @cached_property
    def _named(self) -> Mapping[str, Action]:
        return {action.name: action for action in self.actions}

    def lever(self, action: Action) -> float:
        """How much the business wants the action now: its own lever times those of its name, scene and objective."""
        lever = action.lever
        if "lever" not in self.parts:
            return 1.0
        for kind, name in (("action", action.name), ("scene", action.scene), ("objective", action.objective or "")):
            lever *= self.levers.get(kind, {}).get(name, 1.0)
        return lever

    def cost(self, action: Action) -> float:
        """What doing it costs in minutes and money, in the workspace's currency."""
        return self.counted(action).fixed

    def counted(self, action: Action) -> Cost:
        """What of its cost counts: nothing where the priority is declared without cost."""
        return action.cost if "cost" in self.parts else NOTHING

    def score_column(self, action: Action) -> str | None:
        """The column of the decision frame with the probability that the action pursues; None for `wait`."""
        if action.objective is None:
            return None
        return self.objectives[action.objective].score_column(action.product)

    def treatment(self, action: Action) -> str | None:
        """The treatment of its objective that the action is; content that customers find by themselves is that of the
        channel that it is declared to be like, else none.
        """
        asked = None if action.objective is None else self.objectives[action.objective].uplift
        channel = action.channel if action.channel in self.contact.channels else self.passive.get(action.channel)
        return None if asked is None or channel is None else asked.treatment(channel)

    def effect_column(self, action: Action) -> str | None:
        """The column of the decision frame with what the action's treatment adds to the probability that it pursues."""
        kind = self.treatment(action)
        if action.objective is None or kind is None:
            return None
        return self.objectives[action.objective].uplift_column(kind, action.product)

    def hint_column(self, action: Action) -> str | None:
        """The column with what is hinted at of that, beyond what is declared for all."""
        kind = self.treatment(action)
        if action.objective is None or kind is None:
            return None
        return self.objectives[action.objective].hint_column(kind, action.product)

    def effect_columns(self, action: Action) -> tuple[str, ...]:
        """Those of all treatments of its objective; none where no effect is asked about."""
        objective = None if action.objective is None else self.objectives[action.objective]
        if objective is None or objective.uplift is None:
            return ()
        return tuple(objective.uplift_column(kind, action.product) for kind in objective.uplift.treatments)

    @cached_property
    def toll_columns(self) -> tuple[str, ...]:
        """The columns of the decision frame with what contact takes of the objectives that ask."""
        return tuple(column for objective in self.objectives.values() for column in objective.toll_columns)

    @cached_property
    def sold_columns(self) -> tuple[str, ...]:
        """The columns of the decision frame with what agents have reported."""
        return tuple(dict.fromkeys(column for rule in self.sold.values() for column in rule.columns))

    def by_effect(self, action: Action) -> bool:
        """Whether the action counts what it changes, for customers for whom that is known."""
        return self.value_by == UPLIFT and bool(self.effect_columns(action))

    def refusals_of(self, action: Action) -> tuple[Refusal, ...]:
        """What can refuse the action, in the order in which it is asked."""
        own = [Refusal(stage, rule) for stage in STAGES for rule in getattr(action, stage)]
        policy = self.contact.channels.get(action.channel)
        address = [Refusal("contact", policy.address)] if policy and policy.address else []
        contact = [Refusal("contact", rule) for rule in self.contact.rules(action.channel, action.scene)]
        rested = [Refusal("contact", self.number_free)] if action.channel == CALL else []
        closed = [hours_refusal(action.channel)] if policy and not policy.always_open else []
        sold = [Refusal("applicability", self.sold[action.name])] if action.name in self.sold else []
        return (CHANNEL_ASKED, *self._population(action), *sold, *own, *address, *contact, *rested, *closed)

    def _population(self, action: Action) -> tuple[Refusal, ...]:
        column = self.score_column(action)
        if action.objective is None or column is None:
            return ()
        rule = self.objectives[action.objective].population or Rule("scored", f"{column} IS NOT NULL")
        return (Refusal("population", rule),)

    @cached_property
    def number_free(self) -> Rule:
        """That a call does not go to a number that rests."""
        return number_free()

    @cached_property
    def refusals(self) -> tuple[Refusal, ...]:
        """All that can refuse an action, each once; `rejected` in a decision is a position here, plus one."""
        asked = dict.fromkeys(refusal for action in self.actions for refusal in self.refusals_of(action))
        return (*asked, *([RAMP] if self.learning.new else []))

    @property
    def ramp_code(self) -> int:
        """What `rejected` says of a new action that is held back."""
        return len(self.refusals)

    @cached_property
    def event_windows(self) -> tuple[EventWindow, ...]:
        """What its rules ask of the exact times of events: a feature each."""
        channels = {action.name: action.channel for action in self.actions}
        limits = (limit.window for limit in self.contact.limits)
        return tuple(dict.fromkeys([*limits, *self.counts, *play_windows(self.plays, channels, self.contact.sent)]))

    def rules(self) -> tuple[Rule, ...]:
        """Every rule that reads the feature frame, to be checked against its schema."""
        own = [rule for action in self.actions for stage in STAGES for rule in getattr(action, stage)]
        contact = [rule for policy in self.contact.channels.values() for rule in policy.rules]
        contact += [limit.rule for limit in self.contact.limits]
        contact += self.contact.eased.values()
        amounts = [amount for action in self.actions for amount in (action.value, action.context)]
        amounts.append(self.fatigue_price)
        return tuple(dict.fromkeys([*own, *contact, *(rule for amount in amounts for rule in amount.check())]))


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
    share, value_by = top.number("control_share", 0.0, least=0), _value_by(top, workspace)
    if share >= 1:
        raise top.refuse("control_share", "a share below 1")
    actions = _actions(top, terms)
    levers = parse_levers(top.section("levers"), actions, scenes, workspace)
    learning = parse_learning(top.section("learning"), tuple(action.name for action in actions))
    check_plays(plays, {action.name: action.channel for action in actions}, contact.sent, top)
    return Catalogue(
        actions=_timed(actions, due_rules(plays, top)),
        contact=contact,
        levers=levers,
        control_share=share,
        scenes=scenes,
        objectives=workspace.objectives,
        digest=_digest(document),
        counts=parse_counts(top, workspace),
        plays=plays,
        days=tuple(play.day(top.section("plays")) for play in plays),
        parts=top.choices("priority", PARTS, PARTS),
        learning=learning,
        arms=parse_arms(top, levers, learning, share, (actions, scenes, workspace)),
        fatigue_price=_price(top, workspace),
        distribution=parse_distribution(top.section("distribution"), workspace),
        campaigns=parse_campaigns(top, actions, _call_hours(contact)),
        queueing=parse_queueing(top.section("queue")),
        sold=_sold(actions, workspace),
        value_by=value_by,
        unproven=_unproven(top, value_by),
        passive=passive,
    )


def _passive(top: Section, contact: ContactPolicy) -> dict[str, str | None]:
    """A list of names, or by name the channel that it is like."""
    if not isinstance(top.values.get("passive_channels"), Mapping):
        return dict.fromkeys(top.texts("passive_channels"))
    section = top.section("passive_channels")
    return {name: section.choice(name, contact.channels) for name in section.values}


def _value_by(top: Section, workspace: Workspace) -> str:
    chosen = top.choice("value_by", (PROPENSITY, UPLIFT), PROPENSITY)
    if chosen == UPLIFT and not any(objective.uplift for objective in workspace.objectives.values()):
        raise top.refuse("value_by", f"{PROPENSITY}, as no objective in workspace.yaml declares uplift")
    if chosen == UPLIFT and not {"propensity", "context"} <= {*top.choices("priority", PARTS, PARTS)}:
        raise top.refuse("value_by", f"{PROPENSITY}, as the priority leaves propensity or context out")
    return chosen


def _unproven(top: Section, value_by: str) -> Unproven:
    if top.has("unproven") and value_by != UPLIFT:
        raise top.refuse("unproven", f"given with value_by: {UPLIFT} only")
    return parse_unproven(top)


def _price(top: Section, workspace: Workspace) -> Amount:
    """An amount, or SQL in which {price} and {margin} are those of the policy that expires next."""
    given = top.values.get("fatigue_price")
    if isinstance(given, str) and "{" in given:
        top = replace(top, values={**top.values, "fatigue_price": of_next_policy(given, workspace)})
    price = parse_amount(top, "fatigue_price", 0.0)
    if price.number < 0:
        raise top.refuse("fatigue_price", "at least 0")
    return price


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
        actions=actions,
        contact=open_policy(workspace),
        levers={},
        control_share=0.0,
        scenes=scenes,
        objectives=workspace.objectives,
        sold=_sold(actions, workspace),
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
