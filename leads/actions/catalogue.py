"""The action catalogue: everything that can be done for a customer, and the rules under which it may be."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

from leads.actions.action import STAGES, WAIT, Action
from leads.actions.campaigns import Campaign
from leads.actions.experiments import NONE, Experiments
from leads.actions.plays import Play, play_windows
from leads.actions.refusal import CHANNEL_ASKED, RAMP, Refusal, hours_refusal
from leads.actions.valuation import UPLIFT, Valuation
from leads.actions.valuation import USUAL as USUAL_VALUATION
from leads.configuration.objective import Objective
from leads.configuration.rules import Rule
from leads.contact.event_windows import Count, EventWindow
from leads.contact.policy import CALL, ContactPolicy, number_free
from leads.distribution.queueing import USUAL as USUAL_QUEUEING
from leads.distribution.queueing import Queueing
from leads.distribution.teams import OPEN, Distribution
from leads.words.bilingual import Text


@dataclass(frozen=True, eq=False)
class Catalogue:
    """What can be done.

    valuation: what it is worth. experiments: who is left untouched, and what is tried.
    counts, plays: further columns for rules, and the cadence. days: each play's day, a column for its steps.
    distribution: who gets which leads.
    campaigns: sets of actions that are planned together. queueing: how leads are handed out.
    passive: channels of content that customers find by themselves, with the channel whose contact moves the same
        people, None where none is known to.
    sold: by action the rule that no agent has just sold what it offers.
    """

    actions: tuple[Action, ...]
    contact: ContactPolicy
    scenes: Mapping[str, Text]
    objectives: Mapping[str, Objective]
    digest: str
    valuation: Valuation = USUAL_VALUATION
    experiments: Experiments = NONE
    counts: tuple[Count, ...] = ()
    plays: tuple[Play, ...] = ()
    days: tuple[Rule, ...] = ()
    distribution: Distribution = OPEN
    campaigns: tuple[Campaign, ...] = ()
    queueing: Queueing = USUAL_QUEUEING
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

    def cost(self, action: Action) -> float:
        """What doing it costs in minutes and money, in the workspace's currency."""
        return self.valuation.counted(action).fixed

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
    def refusable(self) -> tuple[str, ...]:
        """The columns of the decision frame with what customers said of calls: a no stands in the way in any case."""
        return (f"consent_{CALL}",) if CALL in self.contact.channels else ()

    @cached_property
    def sold_columns(self) -> tuple[str, ...]:
        """The columns of the decision frame with what agents have reported."""
        return tuple(dict.fromkeys(column for rule in self.sold.values() for column in rule.columns))

    def by_effect(self, action: Action) -> bool:
        """Whether the action counts what it changes, for customers for whom that is known."""
        return self.valuation.value_by == UPLIFT and bool(self.effect_columns(action))

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
        return (*asked, *([RAMP] if self.experiments.learning.new else []))

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
        """Every rule that reads the feature sheet, to be checked against its schema."""
        own = [rule for action in self.actions for stage in STAGES for rule in getattr(action, stage)]
        contact = [rule for policy in self.contact.channels.values() for rule in policy.rules]
        contact += [limit.rule for limit in self.contact.limits]
        contact += self.contact.eased.values()
        amounts = [amount for action in self.actions for amount in (action.value, action.context)]
        amounts.append(self.valuation.fatigue_price)
        return tuple(dict.fromkeys([*own, *contact, *(rule for amount in amounts for rule in amount.check())]))
