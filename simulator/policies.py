"""Purchases, renewals and lapses: they follow from hidden needs and trust, never from events."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from simulator.arrays import Array, Codes, Flags, Floats, Ints, category, chance, happens
from simulator.calls import Dials
from simulator.clock import DAY, Step
from simulator.log import NEVER
from simulator.market import Market
from simulator.needs import APPEAL
from simulator.policy_book import AGENCIES, quoted
from simulator.products import PRODUCTS
from simulator.vocabulary import DISPOSITIONS, code
from simulator.world import World

HABIT = np.array([product.habit for product in PRODUCTS], np.float32)

NOTICE = 21
"""Days before expiry from which a policy can be renewed."""

PACE = ((-21, -10, -3, 2, 14), (0.0, 0.1, 0.3, 0.75, 1.0))
"""Days around expiry and the share of the renewal hazard that has passed by then."""

SALE, RENEWED = code(DISPOSITIONS, "sale"), code(DISPOSITIONS, "renewed")
BY_CALL = AGENCIES[0]


@dataclass(frozen=True)
class Readiness:
    """Levels of the hazards, set once at the start so that the world's base rates come out.

    buying: of customers without and with a policy, per day and unit of `appetite`. renewing: log hazard of a
    renewal, all weeks taken together, at an `inclination` of zero.
    """

    buying: tuple[float, float]
    renewing: float


def appetite(market: Market, known: int) -> Floats:
    """How ready each customer is to buy each line now, in no particular unit; shape (products, known).

    Some buy without being seen to think about it; most when an interest has ripened.
    """
    world, needs, temper = market.world, market.needs, market.temperament
    lasting = needs.lasting[:, :known]
    ripe_on_average = np.float32(world.interests * world.interest_days / 365)
    announced = (1 - world.spontaneous) / ripe_on_average * needs.ripe[:, :known]
    by_itself = world.spontaneous * APPEAL[:, None] * np.exp(0.7 * lasting)
    person = np.exp(0.7 * temper.drive[:known] + 0.15 * temper.loyalty(known) - 0.1 * temper.price[:known])
    out: Floats = ((announced * np.exp(0.3 * lasting) + by_itself) * person).astype(np.float32)
    return out


def inclination(market: Market, line: Array, customer: Array) -> Floats:
    """Log hazard of renewing, around the average of the world."""
    world, temper = market.world, market.temperament
    loyal = world.trust_effect * temper.loyalty(len(market.people))[customer]
    wanted = world.need_on_renewal * market.needs.lasting[line, customer]
    dear = world.price_effect * temper.price[customer]
    attached = HABIT[line] + 0.3 * temper.engagement[customer]
    out: Floats = (attached + loyal + wanted - dear).astype(np.float32)
    return out


def ready(market: Market) -> Readiness:
    """Set the levels on the customers and the book of the opening day."""
    known, world = market.people.existing, market.world
    owned = market.book.owned(known)
    wish = np.where(owned, 0, appetite(market, known)).sum(axis=0)
    holds = owned.any(axis=0)
    without, with_policy = (float(wish[group].mean()) if group.any() else 1.0 for group in (~holds, holds))
    line, customer = np.nonzero(owned)
    return Readiness(
        buying=(world.conversion / 30 / without, world.cross_sell / 30 / with_policy),
        renewing=renewing_level(inclination(market, line, customer), world.renewal),
    )


def renewing_level(inclinations: Floats, declared: float) -> float:
    """The level at which the declared share renews, found by halving."""
    low, high = -8.0, 8.0
    for _ in range(40):
        middle = (low + high) / 2
        share = float(chance(np.exp(inclinations + middle)).mean()) if inclinations.size else 0.0
        low, high = (middle, high) if share < declared else (low, middle)
    return low


def decide(rng: np.random.Generator, market: Market, ready: Readiness, step: Step, known: int, dials: Dials) -> Codes:
    """One step of purchases, renewals and lapses; gives the disposition each dial was closed with, or -1."""
    closed = np.full(known, -1, np.int8)
    reached, ended = dials.reached(known)
    reached &= ~market.temperament.wrong_number[:known]
    owned = market.book.owned(known)
    _lapse(rng, market, step, known)
    _renew(rng, market, ready, step, known, reached, ended, closed)
    _buy(rng, market, ready, step, owned, reached, ended, closed)
    return closed[dials.customer]


def _buy(
    rng: np.random.Generator, market: Market, ready: Readiness, step: Step, owned: Flags,
    reached: Flags, ended: Ints, closed: Codes,
) -> None:  # fmt: skip
    """Lines not `owned` when the step began, so that what lapses in a step is not bought before it lapsed."""
    lift = np.exp(market.world.call_lift * reached)
    level = np.where(owned.any(axis=0), ready.buying[1], ready.buying[0]) * lift
    hazard = appetite(market, reached.size) * (level * step.days).astype(np.float32)
    line, customer = np.nonzero(happens(rng, np.where(owned, 0, chance(hazard))))
    by_call = reached[customer] & (closed[customer] < 0)
    by_call &= rng.random(customer.size) < market.world.attributed
    time = np.where(by_call, ended[customer] + 1, step.times(rng, customer.size)).astype(np.int32)
    market.book.issue(line, customer, time, quoted(rng, market.people, line, customer))
    market.needs.settle(line, customer)
    closed[customer[by_call]] = SALE
    channel = _channels(rng, by_call)
    columns = market.book.columns(line, customer)
    market.log.append("policy.purchased", customer, time, channel=channel, **columns)


def _renew(
    rng: np.random.Generator, market: Market, ready: Readiness, step: Step, known: int,
    reached: Flags, ended: Ints, closed: Codes,
) -> None:  # fmt: skip
    expires = market.book.expires[:, :known]
    due = (expires < step.end + NOTICE * DAY) & (expires > step.start - market.world.grace * DAY)
    line, customer = np.nonzero(due)
    opens, ends = _window(step, expires[line, customer], market.world)
    lift = ready.renewing + market.world.call_lift * reached[customer]
    share = pace(ends - expires[line, customer]) - pace(opens - expires[line, customer])
    hazard = share * np.exp(inclination(market, line, customer) + lift)
    renewed = happens(rng, chance(hazard.astype(np.float32)))
    line, customer, opens, ends = line[renewed], customer[renewed], opens[renewed], ends[renewed]
    in_time = (ended[customer] >= opens) & (ended[customer] + 1 < ends)
    by_call = reached[customer] & in_time & (rng.random(customer.size) < market.world.attributed)
    at = opens + (rng.random(customer.size) * (ends - opens)).astype(np.int32)
    time = np.where(by_call, ended[customer] + 1, at)
    closed[customer[by_call]] = RENEWED
    market.book.extend(line, customer)
    columns = market.book.columns(line, customer)
    market.log.append("policy.renewed", customer, time, channel=_channels(rng, by_call), **columns)


def _lapse(rng: np.random.Generator, market: Market, step: Step, known: int) -> None:
    """Policies whose grace ended in the last step were not renewed."""
    expires = market.book.expires[:, :known]
    line, customer = np.nonzero((expires != NEVER) & (expires <= step.start - market.world.grace * DAY))
    time = step.start + (rng.random(customer.size) * (step.days * DAY - 1)).astype(np.int32)
    market.log.append("policy.lapsed", customer, time, **market.book.columns(line, customer))
    market.book.close(line, customer)


def _window(step: Step, expires: Ints, world: World) -> tuple[Ints, Ints]:
    """The part of the step in which each policy can be renewed."""
    opens = np.maximum(step.start, expires - NOTICE * DAY)
    ends = np.minimum(step.end, expires + world.grace * DAY)
    return opens, np.maximum(ends, opens)


def pace(seconds: Ints) -> Array:
    """Share of the hazard of renewing that has passed so many seconds after the expiry."""
    days, shares = PACE
    return np.interp(seconds / DAY, days, shares)


def _channels(rng: np.random.Generator, by_call: Flags) -> Codes:
    """Where a policy was closed when not on a call."""
    others = np.array(AGENCIES[1:], np.int8)[category(rng, by_call.size, (0.6, 0.25, 0.15))]
    return np.where(by_call, BY_CALL, others).astype(np.int8)
