"""All that can refuse the actions of a catalogue."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from leads.actions.action import STAGES, Action
from leads.actions.action_set import ActionSet
from leads.actions.refusal import CHANNEL_ASKED, RAMP, Refusal, hours_refusal
from leads.configuration.rules import Rule
from leads.contact.policy import CALL, ContactPolicy, number_free


@dataclass(frozen=True, eq=False)
class Refusals:
    """contact: the policy under which actions may be done. ramps: whether new ones are held back for some."""

    actions: ActionSet
    contact: ContactPolicy
    ramps: bool

    def of(self, action: Action) -> tuple[Refusal, ...]:
        """What can refuse the action, in the order in which it is asked."""
        own = [Refusal(stage, rule) for stage in STAGES for rule in getattr(action, stage)]
        rule = self.actions.sold.get(action.name)
        sold = [] if rule is None else [Refusal("applicability", rule)]
        return (CHANNEL_ASKED, *self._population(action), *sold, *own, *self._contact(action))

    @cached_property
    def all(self) -> tuple[Refusal, ...]:
        """All that can refuse an action, each once; `rejected` in a decision is a position here, plus one."""
        asked = dict.fromkeys(refusal for action in self.actions for refusal in self.of(action))
        return (*asked, *([RAMP] if self.ramps else []))

    @property
    def ramp_code(self) -> int:
        """What `rejected` says of a new action that is held back."""
        return len(self.all)

    @cached_property
    def columns(self) -> tuple[str, ...]:
        """The columns of the decision frame that refusals read beside rules that people write: what agents have
        reported, and what customers said of calls, as a no stands in the way in any case.
        """
        sold = (column for rule in self.actions.sold.values() for column in rule.columns)
        return tuple(dict.fromkeys([*sold, *([f"consent_{CALL}"] if CALL in self.contact.channels else [])]))

    def _population(self, action: Action) -> tuple[Refusal, ...]:
        objective, column = self.actions.objective_of(action), self.actions.score_column(action)
        if objective is None:
            return ()
        return (Refusal("population", objective.population or Rule("scored", f"{column} IS NOT NULL")),)

    def _contact(self, action: Action) -> tuple[Refusal, ...]:
        """By the policy: no address, its rules, a number that rests, and its hours."""
        policy = self.contact.channels.get(action.channel)
        address = [Refusal("contact", policy.address)] if policy and policy.address else []
        rules = [Refusal("contact", rule) for rule in self.contact.rules(action.channel, action.scene)]
        rested = [Refusal("contact", self._number_free)] if action.channel == CALL else []
        closed = [hours_refusal(action.channel)] if policy and not policy.always_open else []
        return (*address, *rules, *rested, *closed)

    @cached_property
    def _number_free(self) -> Rule:
        """That a call does not go to a number that rests."""
        return number_free()
