"""The actions of a catalogue as one: by position, by name, by what they pursue."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import overload

from leads.actions.action import WAIT, Action
from leads.configuration.objective import Objective
from leads.configuration.rules import Rule
from leads.words.bilingual import Text


@dataclass(frozen=True, eq=False)
class ActionSet(Sequence[Action]):
    """Everything that can be done for a customer, in the order of the catalogue.

    scenes: what they are about, with its words. objectives: what they may pursue, by name.
    passive: channels of content that customers find by themselves, with the channel whose contact moves the same
        people, None where none is known to.
    sold: by action the rule that no agent has just sold what it offers.
    """

    all: tuple[Action, ...]
    scenes: Mapping[str, Text]
    objectives: Mapping[str, Objective]
    passive: Mapping[str, str | None] = field(default_factory=dict)
    sold: Mapping[str, Rule] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.all)

    def __iter__(self) -> Iterator[Action]:
        return iter(self.all)

    @overload
    def __getitem__(self, position: int) -> Action: ...

    @overload
    def __getitem__(self, position: slice) -> tuple[Action, ...]: ...

    def __getitem__(self, position: int | slice) -> Action | tuple[Action, ...]:
        return self.all[position]

    def positions(self, objective: str | None = None, channel: str | None = None) -> tuple[int, ...]:
        """Where the actions of an objective and a channel stand, None asks for all; `wait` is never among
        them.
        """
        return tuple(
            i
            for i, action in enumerate(self.all)
            if action.name != WAIT
            and (objective is None or action.objective == objective)
            and (channel is None or action.channel == channel)
        )

    def named(self, name: str) -> Action | None:
        """The action of that name, None where there is none (any more)."""
        return self._named.get(name)

    @cached_property
    def _named(self) -> Mapping[str, Action]:
        return {action.name: action for action in self.all}

    def objective_of(self, action: Action) -> Objective | None:
        """What the action pursues; None where it pursues no prediction."""
        return None if action.objective is None else self.objectives[action.objective]

    def score_column(self, action: Action) -> str | None:
        """The column of the decision frame with the probability that the action pursues; None for `wait`."""
        objective = self.objective_of(action)
        return None if objective is None else objective.score_column(action.product)
