"""The policy book: which lines each customer holds, until when, at what premium."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from simulator.arrays import Array, Flags, Floats, Ints, category, choose, happens
from simulator.clock import DAY
from simulator.log import NEVER, EventLog
from simulator.needs import APPEAL, Needs
from simulator.population import Population
from simulator.products import PRODUCTS
from simulator.vocabulary import EVENT_CHANNELS, code
from simulator.world import World

PRICE = np.array([product.price for product in PRODUCTS], np.float32)
TERM = np.array([product.term * DAY for product in PRODUCTS], np.int32)
AGENCIES = tuple(code(EVENT_CHANNELS, name) for name in ("call", "web", "wecom", "offline"))


@dataclass
class PolicyBook:
    """At most one policy per line and customer; arrays of shape (products, customers).

    expires: seconds since the start, NEVER without a policy. number: of the policy. premium: CNY a term.
    issued: policies ever issued.
    """

    expires: Ints
    number: Ints
    premium: Floats
    issued: int = 0

    def owned(self, known: int) -> Flags:
        """Lines in force or within grace."""
        flags: Flags = self.expires[:, :known] != NEVER
        return flags

    def issue(self, line: Array, customer: Array, time: Array, premium: Array) -> None:
        """New policies."""
        self.expires[line, customer] = time + TERM[line]
        self.number[line, customer] = self.issued + np.arange(customer.size, dtype=np.int32)
        self.premium[line, customer] = premium
        self.issued += customer.size

    def extend(self, line: Array, customer: Array) -> None:
        """Renewed: one more term from the old expiry."""
        self.expires[line, customer] += TERM[line]

    def close(self, line: Array, customer: Array) -> None:
        """Lapsed."""
        self.expires[line, customer] = NEVER

    def columns(self, line: Array, customer: Array) -> dict[str, Array]:
        """What an event about these policies carries."""
        return {
            "product": line,
            "policy": self.number[line, customer],
            "premium": self.premium[line, customer],
            "expires": self.expires[line, customer],
        }


def quoted(rng: np.random.Generator, people: Population, line: Array, customer: Array) -> Floats:
    """Premiums offered, CNY: more for the older and the better off."""
    return priced(people, line, customer, rng.standard_normal(customer.size, np.float32))


def priced(people: Population, line: Array, customer: Array, chance: Floats) -> Floats:
    """Premiums, CNY, that come of a standard normal chance each."""
    level = 0.18 * (people.income_band[customer] - 1.2) + 0.006 * (people.age[customer] - 38)
    noise = 0.12 * chance
    rounded: Floats = np.maximum(np.round(PRICE[line] * np.exp(level + noise)), 10).astype(np.float32)
    return rounded


def opening(rng: np.random.Generator, people: Population, needs: Needs, world: World, log: EventLog) -> PolicyBook:
    """The book at the start: policies bought in the year before it, one term before they expire."""
    shape = needs.lasting.shape
    book = PolicyBook(np.full(shape, NEVER, np.int32), np.full(shape, -1, np.int32), np.zeros(shape, np.float32))
    line, customer = _held(rng, people.existing, needs, world)
    time = -(rng.random(customer.size) * (TERM[line] - DAY)).astype(np.int32) - 1
    book.issue(line, customer, time, quoted(rng, people, line, customer))
    channel = np.array(AGENCIES, np.int8)[category(rng, customer.size, (0.4, 0.25, 0.1, 0.25))]
    log.append("policy.purchased", customer, time, channel=channel, **book.columns(line, customer))
    return book


def _held(rng: np.random.Generator, existing: int, needs: Needs, world: World) -> tuple[Ints, Ints]:
    """Lines and holders of the opening book: one line each, some with more, by need."""
    holder = np.flatnonzero(rng.random(existing) < world.holders).astype(np.int32)
    weights = APPEAL[:, None] * np.exp(0.8 * needs.lasting[:, holder])
    more = happens(rng, np.minimum(0.25 * weights, 0.5))
    more[choose(rng, weights), np.arange(holder.size)] = True
    line, position = np.nonzero(more)
    return line.astype(np.int32), holder[position]
