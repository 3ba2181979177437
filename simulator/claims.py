"""Claims and complaints: how they are handled moves trust, before and after the policy is renewed."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from simulator.arrays import Array, Codes, Flags, Floats, Ints, choose, where
from simulator.clock import DAY, Step
from simulator.log import NEVER
from simulator.market import Market
from simulator.products import PRODUCTS
from simulator.vocabulary import TOPICS, code

CLAIMS = np.array([product.claims for product in PRODUCTS], np.float32)
GRIEVANCES = tuple(code(TOPICS, name) for name in ("service", "price", "claim"))

SLOW = 21
"""Days after which an open claim begins to annoy."""

QUICK_CLOSE, SLOW_CLOSE, SETTLED, COMPLAINED = 0.5, -0.9, 0.3, -0.4
"""What a claim that is closed before it annoys or after, and a complaint that is settled or made, does to the mood."""


@dataclass
class Cases:
    """Open claims and complaints, at most one of each per customer; arrays of shape (customers,).

    claimed, complained: when it was opened, NEVER without one. line: the claim's line of cover.
    """

    claimed: Ints
    complained: Ints
    line: Codes

    @classmethod
    def none(cls, size: int) -> Cases:
        """Nothing open."""
        return cls(np.full(size, NEVER, np.int32), np.full(size, NEVER, np.int32), np.full(size, -1, np.int8))

    def waiting(self, start: int, known: int) -> Flags:
        """Whose claim is open for so long at `start` that it annoys; shape (known,)."""
        claimed = self.claimed[:known]
        flags: Flags = (claimed != NEVER) & (claimed < start - SLOW * DAY)
        return flags


def handle(rng: np.random.Generator, market: Market, cases: Cases, step: Step, known: int) -> None:
    """One step: close old cases, open new ones."""
    _close_claims(rng, market, cases, step, known)
    _close_complaints(rng, market, cases, step, known)
    _claim(rng, market, cases, step, known)
    _complain(rng, market, cases, step, known)


def _claim(rng: np.random.Generator, market: Market, cases: Cases, step: Step, known: int) -> None:
    expires = market.book.expires[:, :known]
    rates = CLAIMS[:, None] * (expires > step.end)
    free = cases.claimed[:known] == NEVER
    customer = where(rng, rates.sum(axis=0) * free * np.float32(step.years))
    line = choose(rng, rates[:, customer]) if customer.size else np.zeros(0, np.int8)
    time = step.times(rng, customer.size)
    cases.claimed[customer], cases.line[customer] = time, line
    columns: dict[str, Array] = {"product": line, "policy": market.book.number[line, customer]}
    market.log.append("claim.opened", customer, time, **columns)


def _close_claims(rng: np.random.Generator, market: Market, cases: Cases, step: Step, known: int) -> None:
    """Half of the open claims close in a week; a quick close is remembered well, a slow one is not."""
    customer, time = _closing(rng, cases.claimed[:known], step, 0.45)
    market.temperament.mood[customer] += remembered(time - cases.claimed[customer])
    line = cases.line[customer]
    columns: dict[str, Array] = {"product": line, "policy": market.book.number[line, customer]}
    market.log.append("claim.closed", customer, time, **columns)
    cases.claimed[customer] = NEVER


def remembered(seconds: Ints) -> Floats:
    """What a claim does to the mood that took so long."""
    return np.where(seconds / DAY < SLOW, QUICK_CLOSE, SLOW_CLOSE).astype(np.float32)


def complaining(market: Market, waiting: Flags, known: int, tired: Floats | float = 0.0) -> Array:
    """How much more than others each customer complains: the disloyal, those who wait, those contacted too often."""
    log_rate = 0.5 * tired - 0.6 * market.temperament.loyalty(known) + 1.8 * waiting
    times: Array = np.exp(np.minimum(log_rate - 0.4, 3))
    return times


def _complain(rng: np.random.Generator, market: Market, cases: Cases, step: Step, known: int) -> None:
    temper, waiting = market.temperament, cases.waiting(step.start, known)
    rate = market.world.complaints * step.years * complaining(market, waiting, known, market.tiredness(known))
    free = cases.complained[:known] == NEVER
    customer = where(rng, (rate * free).astype(np.float32))
    time = step.times(rng, customer.size)
    topic = _topics(rng, waiting[customer], temper.doubt[customer])
    cases.complained[customer] = time
    temper.mood[customer] += np.float32(COMPLAINED)
    market.log.append("complaint.opened", customer, time, topic=topic)


def _close_complaints(rng: np.random.Generator, market: Market, cases: Cases, step: Step, known: int) -> None:
    customer, time = _closing(rng, cases.complained[:known], step, 0.55)
    market.temperament.mood[customer] += np.float32(SETTLED)
    market.log.append("complaint.closed", customer, time)
    cases.complained[customer] = NEVER


def _closing(rng: np.random.Generator, opened: Ints, step: Step, share: float) -> tuple[Ints, Ints]:
    candidates = np.flatnonzero(opened != NEVER).astype(np.int32)
    customer = candidates[rng.random(candidates.size) < share]
    return customer, step.times(rng, customer.size)


def _topics(rng: np.random.Generator, waiting: Flags, doubt: Floats) -> Codes:
    weights = np.stack([np.ones_like(doubt), 0.3 + doubt, 0.1 + 3.0 * waiting]).astype(np.float32)
    if not doubt.size:
        return np.zeros(0, np.int8)
    return np.array(GRIEVANCES, np.int8)[choose(rng, weights)]
