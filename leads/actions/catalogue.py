"""The action catalogue: everything that can be done for a customer, and the rules under which it may be."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from leads.actions import cadence, experiments, queue_rules
from leads.actions.action import STAGES
from leads.actions.action_set import ActionSet
from leads.actions.cadence import Cadence
from leads.actions.effect_columns import EffectColumns
from leads.actions.experiments import Experiments
from leads.actions.queue_rules import QueueRules
from leads.actions.refusals import Refusals
from leads.actions.valuation import UPLIFT, USUAL, Valuation
from leads.configuration.rules import Rule
from leads.contact.event_windows import EventWindow
from leads.contact.policy import ContactPolicy


@dataclass(frozen=True, eq=False)
class Catalogue:
    """What can be done, and under which rules.

    contact: how often, when and by which channels. digest: of all that is declared. valuation: what it is worth.
    experiments: who is left untouched, and what is tried. cadence: when it is due. queue: who gets which leads, and
    how.
    """

    actions: ActionSet
    contact: ContactPolicy
    digest: str
    valuation: Valuation = USUAL
    experiments: Experiments = experiments.NONE
    cadence: Cadence = cadence.NONE
    queue: QueueRules = queue_rules.FREE

    @cached_property
    def effects(self) -> EffectColumns:
        """Where the decision frame says what the actions change."""
        return EffectColumns(self.actions, self.contact.channels, self.valuation.value_by == UPLIFT)

    @cached_property
    def refusals(self) -> Refusals:
        """What can refuse the actions."""
        return Refusals(self.actions, self.contact, bool(self.experiments.learning.new))

    @cached_property
    def event_windows(self) -> tuple[EventWindow, ...]:
        """What its rules ask of the exact times of events: a feature each."""
        return self.cadence.windows(self.actions, self.contact)

    def rules(self) -> tuple[Rule, ...]:
        """Every rule that reads the feature sheet, to be checked against its schema."""
        own = [rule for action in self.actions for stage in STAGES for rule in getattr(action, stage)]
        contact = [rule for policy in self.contact.channels.values() for rule in policy.rules]
        contact += [limit.rule for limit in self.contact.limits]
        contact += self.contact.eased.values()
        amounts = [amount for action in self.actions for amount in (action.value, action.context)]
        amounts.append(self.valuation.fatigue_price)
        return tuple(dict.fromkeys([*own, *contact, *(rule for amount in amounts for rule in amount.check())]))
