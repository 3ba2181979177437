"""The synthetic insurer's year: walked through in steps, exported as what its systems recorded."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import numpy as np

from leads.errors import InvalidInput
from leads.history import History
from simulator import browsing, calls, claims, clock, life, messages, policies
from simulator.arrays import Ints
from simulator.clock import Step
from simulator.contacts import reach
from simulator.events import events
from simulator.identities import identities
from simulator.log import EventLog
from simulator.market import Market, TagChanges
from simulator.needs import interests, need
from simulator.policy_book import opening
from simulator.population import populate
from simulator.tags import customers as customers_frame
from simulator.temperament import temper
from simulator.world import DEFAULT_WORLD, World

MODULES = (
    "population", "temperament", "needs", "book", "identities", "moods", "interests", "life",
    "messages", "calls", "browsing", "policies", "records", "chats", "claims", "leads",
)  # fmt: skip
"""Each draws from its own generator: a change in one does not reshuffle the others. Append, never insert."""


def simulate(
    customers: int = 20_000, *, until: datetime, days: int = 365, seed: int = 7, world: World = DEFAULT_WORLD
) -> History:
    """The history of a synthetic insurer with so many customers, `days` long, that ends at `until`.

    The same arguments give the same frames. Policies in force when the history starts carry their
    `policy.purchased` from up to a year before it; everything else happens after the customer is known and
    before `until`.
    """
    _check(customers, until, days)
    rngs = dict(zip(MODULES, np.random.default_rng(seed).spawn(len(MODULES)), strict=True))
    until = until.astimezone(UTC)
    begin, horizon = until - timedelta(days=days), days * clock.DAY
    market = _open(rngs, customers, days, world)
    _run(rngs, market, until, days)
    contact = identities(rngs["identities"], market.people.region, world)
    people_frame = customers_frame(market.people, market.tags, contact, begin, horizon)
    log = market.log
    del market
    return History(people_frame, events(log, begin, horizon), until)


def _open(rngs: dict[str, np.random.Generator], customers: int, days: int, world: World) -> Market:
    """The opening day."""
    log = EventLog()
    people = populate(rngs["population"], customers, days, world)
    temperament = temper(rngs["temperament"], people, world)
    needs = need(rngs["needs"], people, temperament.drive, world)
    book = opening(rngs["book"], people, needs, world, log)
    for number in range(12):
        temperament.advance(rngs["moods"], Step(number, 0, 7, 0), people.existing, world)
    return Market(world, people, temperament, needs, reach(people), book, log, TagChanges())


def _run(rngs: dict[str, np.random.Generator], market: Market, until: datetime, days: int) -> None:
    """Walk through the history."""
    ready = policies.ready(market)
    cases = claims.Cases.none(len(market.people))
    had = np.zeros(len(market.people), bool)
    for step in clock.steps(until, days):
        known = market.people.known(step.start)
        market.temperament.advance(rngs["moods"], step, known, market.world)
        market.needs.advance(rngs["interests"], step.days, known, market.world)
        life.happen(rngs["life"], market, had, step, known)
        messages.push(rngs["messages"], market, step, known)
        dials = calls.dial(rngs["calls"], market, step, known)
        browsing.browse(rngs["browsing"], market, step, known)
        closed = policies.decide(rngs["policies"], market, ready, step, known, dials)
        calls.record(rngs["records"], market, dials, closed)
        messages.chat(rngs["chats"], market, step, known)
        claims.handle(rngs["claims"], market, cases, step, known)
        _arrive(rngs["leads"], market, step)


def _arrive(rng: np.random.Generator, market: Market, step: Step) -> None:
    """New leads; half of them say what they came for."""
    first, end = market.arrivals(step)
    customer: Ints = np.arange(first, end, dtype=np.int32)
    said = rng.random(customer.size) < 0.5
    line = np.where(said, interests(rng, market.needs, customer), -1).astype(np.int8)
    columns = {"channel": market.people.channel[customer], "product": line}
    market.log.append("lead.created", customer, market.people.joined[customer], **columns)


def _check(customers: int, until: datetime, days: int) -> None:
    if customers < 1:
        raise InvalidInput("customers", customers, "at least 1")
    if not 1 <= days <= 3_650:
        raise InvalidInput("days", days, "1 to 3650")
    if until.tzinfo is None:
        raise InvalidInput("until", until, "needs a time zone")
