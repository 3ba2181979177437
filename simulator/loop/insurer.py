"""The insurer and its customers, with all that is hidden; copied whole, so that every policy starts alike."""

from __future__ import annotations

import copy
from dataclasses import dataclass
from datetime import datetime

import numpy as np
import polars as pl

from simulator import policy_book
from simulator.arrays import Array, Flags, Floats, Ints
from simulator.claims import Cases
from simulator.clock import Step
from simulator.contacts import reach
from simulator.identities import identities
from simulator.log import EventLog
from simulator.loop.draws import Draws
from simulator.loop.readiness import Levels, levels
from simulator.loop.scenario import Scenario
from simulator.loop.truth import receptiveness, related
from simulator.market import Market, TagChanges
from simulator.needs import need
from simulator.population import populate
from simulator.temperament import temper

TERMS = 6
"""Terms and purchases of one line by one customer that chance is drawn for; more begin anew."""


@dataclass
class Insurer:
    """Everything that a day reads and changes; arrays of shape (customers,) unless said otherwise.

    receptive: what a talk does to the log hazard of renewing. answering: how they answer contact, in the same units.
    buyable: what a talk does to the log hazard of buying, before `Reaction.sale`. heard: how much of a talk about
    renewing is on the customer's mind, 0 to 1; heard_of: (lines, customers) the same for buying. left: (lines,
    customers) hazard until the policy is renewed; wish: until the line is bought. terms, bought: (lines, customers)
    how often that was.
    chances: (2, TERMS, lines, customers) the hazards drawn for them. dialled: day of the last dial, -1 for never.
    had: life events. ever: has held a policy.
    """

    scenario: Scenario
    draws: Draws
    begin: datetime
    market: Market
    identities: pl.DataFrame
    cases: Cases
    levels: Levels
    receptive: Floats
    answering: Floats
    buyable: Floats
    heard: Floats
    heard_of: Floats
    chances: Floats
    left: Floats
    wish: Floats
    terms: Ints
    bought: Ints
    dialled: Ints
    had: Flags
    ever: Flags

    def copy(self) -> Insurer:
        """The same insurer, to be led by another policy; what never changes is shared."""
        traits = (self.receptive, self.answering, self.buyable)
        shared = (self.draws, self.identities, *traits, self.chances, self.scenario, self.market.people)
        return copy.deepcopy(self, {id(item): item for item in shared})

    def known(self, step: Step) -> int:
        """How many customers are known in the morning; they are the first so many."""
        return self.market.people.known(step.start)

    def renewed(self, line: Array, customer: Array) -> None:
        """A new term begins, by renewal or purchase: chance is drawn for its end."""
        self.terms[line, customer] += 1
        self.left[line, customer] = self.chances[0, self.terms[line, customer] % TERMS, line, customer]

    def sold(self, line: Array, customer: Array) -> None:
        """The wish is met; should the line be lost, another has to grow."""
        self.bought[line, customer] += 1
        self.wish[line, customer] = self.chances[1, self.bought[line, customer] % TERMS, line, customer]
        self.ever[customer] = True
        self.renewed(line, customer)


def found(customers: int, days: int, begin: datetime, seed: int, scenario: Scenario) -> Insurer:
    """The insurer on the first day of a history of so many days."""
    draws, log, world = Draws(seed, customers), EventLog(), scenario.world
    people = populate(draws.generator("population"), customers, days, world)
    temperament = temper(draws.generator("temperament"), people, world)
    temperament.patience *= np.float32(scenario.reaction.patience)
    needs = need(draws.generator("needs"), people, temperament.drive, world)
    book = policy_book.opening(draws.generator("book"), people, needs, world, log)
    for number in range(12):
        temperament.advance(draws.generator("moods before", number), Step(number, 0, 7, 0), people.existing, world)
    market = Market(world, people, temperament, needs, reach(people), book, log, TagChanges())
    shape = book.expires.shape
    chances = draws.exponential("outcomes", 2, TERMS, shape[0])
    receptive = receptiveness(draws.generator("receptive"), market, scenario.reaction)
    return Insurer(
        scenario=scenario,
        draws=draws,
        begin=begin,
        market=market,
        identities=identities(draws.generator("identities"), people.region, world),
        cases=Cases.none(customers),
        levels=levels(market, receptive, scenario),
        receptive=receptive,
        answering=related(draws.generator("answering"), receptive, scenario.reaction.shown),
        buyable=related(draws.generator("buyable"), receptive, scenario.reaction.alike),
        heard=np.zeros(customers, np.float32),
        heard_of=np.zeros(shape, np.float32),
        chances=chances,
        left=chances[0, 0].copy(),
        wish=chances[1, 0].copy(),
        terms=np.zeros(shape, np.int32),
        bought=np.zeros(shape, np.int32),
        dialled=np.full(customers, -1, np.int32),
        had=np.zeros(customers, bool),
        ever=np.asarray(book.owned(customers).any(axis=0)),
    )
