"""Everything a step of the simulation reads and changes."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from simulator.arrays import Array, Floats
from simulator.clock import Step
from simulator.contacts import Contacts
from simulator.log import EventLog
from simulator.needs import Needs
from simulator.policy_book import PolicyBook
from simulator.population import Population
from simulator.temperament import Temperament
from simulator.world import World


@dataclass
class TagChanges:
    """Tags that became known after the customer did: chunks of (tag, customers, times, codes or flags)."""

    chunks: list[tuple[str, Array, Array, Array]] = field(default_factory=list)

    def append(self, tag: str, customer: Array, time: Array, value: Array) -> None:
        """One tag became known for these customers."""
        if len(customer):
            self.chunks.append((tag, customer, time, value))

    def compact(self) -> None:
        """Put the chunks of each tag together."""
        by_tag: dict[str, list[tuple[Array, Array, Array]]] = {}
        for tag, customer, time, value in self.chunks:
            by_tag.setdefault(tag, []).append((customer, time, value))
        self.chunks = [
            (tag, np.concatenate(who), np.concatenate(when), np.concatenate(what))
            for tag, (who, when, what) in ((tag, tuple(zip(*parts, strict=True))) for tag, parts in by_tag.items())
        ]


@dataclass
class Market:
    """The insurer and its customers at one moment. `tiredness` and `log` are what every behaviour touches."""

    world: World
    people: Population
    temperament: Temperament
    needs: Needs
    contacts: Contacts
    book: PolicyBook
    log: EventLog
    tags: TagChanges

    def tiredness(self, known: int) -> Floats:
        """Contacts beyond what the customer is patient with, never negative."""
        tired: Floats = np.maximum(self.temperament.fatigue[:known] - self.temperament.patience[:known], 0)
        return tired

    def arrivals(self, step: Step) -> tuple[int, int]:
        """First and end position of the customers who become known during a step."""
        joined = self.people.joined
        first, end = np.searchsorted(joined, [max(step.start, 1), step.end], side="left")
        return int(first), int(end)
