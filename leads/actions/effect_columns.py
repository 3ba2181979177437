"""The columns of the decision frame in which stands what actions change."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from functools import cached_property

from leads.actions.action import Action
from leads.actions.action_set import ActionSet


@dataclass(frozen=True, eq=False)
class EffectColumns:
    """channels: those by which customers are contacted. counted: whether effects count, where they are known."""

    actions: ActionSet
    channels: Collection[str]
    counted: bool

    def treatment(self, action: Action) -> str | None:
        """The treatment of its objective that the action is; content that customers find by themselves is that of the
        channel that it is declared to be like, else none.
        """
        objective = self.actions.objective_of(action)
        asked = None if objective is None else objective.uplift
        channel = action.channel if action.channel in self.channels else self.actions.passive.get(action.channel)
        return None if asked is None or channel is None else asked.treatment(channel)

    def effect(self, action: Action) -> str | None:
        """The column with what the action's treatment adds to the probability that it pursues."""
        kind, objective = self.treatment(action), self.actions.objective_of(action)
        return None if objective is None or kind is None else objective.uplift_column(kind, action.product)

    def hint(self, action: Action) -> str | None:
        """The column with what is hinted at of that, beyond what is declared for all."""
        kind, objective = self.treatment(action), self.actions.objective_of(action)
        return None if objective is None or kind is None else objective.hint_column(kind, action.product)

    def all(self, action: Action) -> tuple[str, ...]:
        """Those of all treatments of its objective; none where no effect is asked about."""
        objective = self.actions.objective_of(action)
        if objective is None or objective.uplift is None:
            return ()
        return tuple(objective.uplift_column(kind, action.product) for kind in objective.uplift.treatments)

    def count(self, action: Action) -> bool:
        """Whether the action counts what it changes, for customers for whom that is known."""
        return self.counted and bool(self.all(action))

    @cached_property
    def tolls(self) -> tuple[str, ...]:
        """The columns with what contact takes of the objectives that ask."""
        return tuple(column for objective in self.actions.objectives.values() for column in objective.toll_columns)
