"""Renewals, purchases and lapses of one day: hazards run down what chance has drawn for each term and wish."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from simulator.arrays import Array, Codes, Flags, Floats, Ints
from simulator.clock import DAY, Step
from simulator.log import NEVER
from simulator.loop.contact import Done
from simulator.loop.insurer import Insurer
from simulator.loop.policy import CALL
from simulator.loop.truth import forgotten
from simulator.policies import NOTICE, RENEWED, SALE, appetite, inclination, pace
from simulator.policy_book import AGENCIES, priced


@dataclass(frozen=True)
class Closed:
    """What was closed on a day. renewals, first, further: how many. premiums: CNY, of all of them.

    dispositions: per customer, what a call of the day was closed with, or -1.
    """

    renewals: int
    first: int
    further: int
    premiums: float
    dispositions: Codes


def close(insurer: Insurer, done: Done, step: Step) -> Closed:
    """One day of outcomes."""
    known = insurer.known(step)
    owned = insurer.market.book.owned(known)
    dispositions = np.full(len(insurer.market.people), -1, np.int8)
    talked = _talked(insurer, done)
    _lapse(insurer, step, known)
    renewed = _renew(insurer, step, known, talked, dispositions)
    first, further, sold = _buy(insurer, step, owned, talked, dispositions)
    return Closed(renewed[0], first, further, renewed[1] + sold, dispositions)


def pull(insurer: Insurer, line: Array, customer: Array) -> Floats:
    """Log hazard of renewing as things stand, the whole window taken together."""
    tired = insurer.market.tiredness(len(insurer.market.people))[customer]
    moved = insurer.heard[customer] * insurer.receptive[customer] - forgotten(insurer.receptive[customer])
    level = insurer.levels.renewing + moved - insurer.scenario.reaction.annoyance * tired
    out: Floats = (inclination(insurer.market, line, customer) + level).astype(np.float32)
    return out


def buying(insurer: Insurer, known: int, owned: Flags) -> Floats:
    """Hazard a day of buying each line; shape (lines, known), 0 where it is owned."""
    reaction = insurer.scenario.reaction
    level = np.where(owned.any(axis=0), insurer.levels.buying[1], insurer.levels.buying[0])
    moved = reaction.sale * insurer.heard_of[:, :known] * insurer.buyable[:known]
    moved = moved - reaction.annoyance * insurer.market.tiredness(known)
    out: Floats = np.where(owned, 0, appetite(insurer.market, known) * level * np.exp(moved)).astype(np.float32)
    return out


def _talked(insurer: Insurer, done: Done) -> Ints:
    """Per customer the end of the day's talk, -1 without one."""
    ended = np.full(len(insurer.market.people), -1, np.int32)
    calls = done.take((done.orders.channel == CALL) & done.noticed)
    ended[calls.orders.customer] = calls.time + calls.talk.astype(np.int32) + 20
    return ended


def _renew(insurer: Insurer, step: Step, known: int, talked: Ints, dispositions: Codes) -> tuple[int, float]:
    book, grace = insurer.market.book, insurer.market.world.grace
    expires = book.expires[:, :known]
    line, customer = np.nonzero((expires < step.end + NOTICE * DAY) & (expires > step.start - grace * DAY))
    since = step.start - expires[line, customer]
    share = pace(since + DAY) - pace(since)
    insurer.left[line, customer] -= share * np.exp(pull(insurer, line, customer))
    over = insurer.left[line, customer] < 0
    line, customer = line[over], customer[over]
    time, channel = _when(insurer, "renewing", step, customer, talked)
    dispositions[customer[time == talked[customer] + 1]] = RENEWED
    book.extend(line, customer)
    insurer.renewed(line, customer)
    columns = book.columns(line, customer)
    insurer.market.log.append("policy.renewed", customer, time, channel=channel, **columns)
    return len(line), float(columns["premium"].sum())


def _buy(insurer: Insurer, step: Step, owned: Flags, talked: Ints, dispositions: Codes) -> tuple[int, int, float]:
    """Lines not `owned` when the day began; how many first and further policies, and their premiums."""
    market, known = insurer.market, owned.shape[1]
    insurer.wish[:, :known] -= buying(insurer, known, owned)
    line, customer = np.nonzero((insurer.wish[:, :known] < 0) & ~owned)
    first = ~insurer.ever[customer]
    further = np.asarray(owned.any(axis=0))[customer]
    time, channel = _when(insurer, "buying", step, customer, talked)
    chance = insurer.draws.generator("premiums", step.number).standard_normal(len(market.people), np.float32)
    premium = priced(market.people, line, customer, chance[customer])
    market.book.issue(line, customer, time, premium)
    insurer.sold(line, customer)
    market.needs.settle(line, customer)
    by_call = time == talked[customer] + 1
    dispositions[customer[by_call & (dispositions[customer] < 0)]] = SALE
    columns = market.book.columns(line, customer)
    market.log.append("policy.purchased", customer, time, channel=channel, **columns)
    return len(np.unique(customer[first])), int(further.sum()), float(premium.sum())


def _lapse(insurer: Insurer, step: Step, known: int) -> None:
    """Policies whose grace is over."""
    book = insurer.market.book
    expires = book.expires[:, :known]
    line, customer = np.nonzero((expires != NEVER) & (expires <= step.start - insurer.market.world.grace * DAY))
    time = insurer.draws.times("lapsing", step)[customer]
    insurer.market.log.append("policy.lapsed", customer, time, **book.columns(line, customer))
    book.close(line, customer)


def _when(insurer: Insurer, purpose: str, step: Step, customer: Array, talked: Ints) -> tuple[Ints, Codes]:
    """On the day's talk where there was one, mostly; else at any time, by another way."""
    attributed = insurer.draws.uniform(purpose, step.number)[customer] < insurer.market.world.attributed
    by_call = attributed & (talked[customer] >= 0)
    others = np.array(AGENCIES[1:], np.int8)
    way = (insurer.draws.uniform(f"{purpose} way", step.number)[customer] * others.size).astype(int)
    time = np.where(by_call, talked[customer] + 1, insurer.draws.times(f"{purpose} time", step)[customer])
    return time.astype(np.int32), np.where(by_call, AGENCIES[0], others[way]).astype(np.int8)
