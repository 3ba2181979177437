"""One day: a policy decides, contacts are carried out, people live on and answer."""

from __future__ import annotations

import numpy as np

from simulator import life
from simulator.clock import Step, decay
from simulator.loop import answers, habits
from simulator.loop.contact import carry_out
from simulator.loop.insurer import Insurer
from simulator.loop.outcome import Tally
from simulator.loop.outcomes import close
from simulator.loop.policy import CALL, CONTENT, Orders
from simulator.needs import interests


def wake(insurer: Insurer, step: Step) -> None:
    """Overnight: moods and memories fade, interests arise, lives change."""
    market, draws, known = insurer.market, insurer.draws, insurer.known(step)
    market.temperament.advance(draws.generator("moods", step.number), step, known, market.world)
    market.needs.advance(draws.generator("interests", step.number), 1, known, market.world)
    life.happen(draws.generator("life", step.number), market, insurer.had, step, known)
    kept = np.float32(decay(1, insurer.scenario.reaction.memory_days))
    insurer.heard *= kept
    insurer.heard_of *= kept


def live_through(insurer: Insurer, orders: Orders, step: Step, minutes: float, tally: Tally) -> None:
    """The day itself, with these orders."""
    known = insurer.known(step)
    done = carry_out(insurer, orders, step, minutes)
    habits.browse(insurer, step, known)
    closed = close(insurer, done, step)
    harm = answers.record(insurer, done, closed.dispositions, step)
    habits.chat(insurer, step, known)
    habits.handle(insurer, step, known)
    _arrive(insurer, step)
    calls = done.orders.channel == CALL
    tally.conversions += closed.first
    tally.cross_sell += closed.further
    tally.gmv += closed.premiums
    tally.minutes += float(done.minutes.sum())
    tally.calls += int(calls.sum())
    tally.messages += int((~calls & (done.orders.channel != CONTENT)).sum())
    tally.complaints += harm.complaints
    tally.opt_outs += harm.opt_outs


def _arrive(insurer: Insurer, step: Step) -> None:
    """New leads; half of them say what they came for."""
    market = insurer.market
    first, end = market.arrivals(step)
    customer = np.arange(first, end, dtype=np.int32)
    said = insurer.draws.uniform("said", step.number)[customer] < 0.5
    line = interests(insurer.draws.generator("leads", step.number), market.needs, customer)
    columns = {"channel": market.people.channel[customer], "product": np.where(said, line, -1).astype(np.int8)}
    market.log.append("lead.created", customer, market.people.joined[customer], **columns)
