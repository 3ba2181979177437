"""Orders carried out: who is reached, what it does to them, and what the agents' time allows."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from simulator.arrays import Array, Flags, Floats, Ints
from simulator.calls import picking_up, talk_seconds, talkative
from simulator.clock import CALLING, Step
from simulator.contacts import CALL as CALL_CONSENT
from simulator.contacts import SMS as SMS_CONSENT
from simulator.contacts import WECOM as WECOM_CONSENT
from simulator.loop.insurer import Insurer
from simulator.loop.policy import CALL, HELP, MASS, RENEWAL, SALE, WECOM, Orders
from simulator.temperament import TALK, TOUCH

HANDLING = 1.0
"""Minutes of dialling, waiting and notes around every call, connected or not."""
LONGER = 2.0
"""A talk about doubts takes so many times as long."""
WRITING = 0.7
"""Minutes to write to one customer on WeCom; mass messages take none."""
FATIGUE = (TALK, TOUCH, TOUCH, 0.0)
"""What a noticed contact adds, by channel; a call that nobody picks up as much as a message."""
CHATTY = 0.9
"""Of a talk, what a message on WeCom does with who likes to write."""


@dataclass(frozen=True)
class Done:
    """The contacts of a day that took place; arrays of shape (contacts,).

    minutes: of agents. noticed: picked up, read. talk: seconds talked. time: when, seconds since the start.
    """

    orders: Orders
    minutes: Floats
    noticed: Flags
    talk: Floats
    time: Ints

    def take(self, chosen: Array) -> Done:
        """These of the contacts."""
        minutes, noticed = self.minutes[chosen], self.noticed[chosen]
        return Done(self.orders.take(chosen), minutes, noticed, self.talk[chosen], self.time[chosen])


def carry_out(insurer: Insurer, orders: Orders, step: Step, minutes: float) -> Done:
    """Work down the orders while the minutes last."""
    allowed = orders.take(_first_each(orders))
    allowed = allowed.take(_may(insurer, allowed, step))
    done = _tried(insurer, allowed, step)
    within = np.cumsum(done.minutes, dtype=np.float64) <= minutes
    done = done.take(within | (done.minutes == 0))
    _answer(insurer, done, step)
    return done


def _first_each(orders: Orders) -> Ints:
    _, first = np.unique(orders.customer, return_index=True)
    return np.sort(first).astype(np.int32)


def _may(insurer: Insurer, orders: Orders, step: Step) -> Flags:
    """Known, and open to the channel."""
    contacts, who = insurer.market.contacts, orders.customer
    calls = contacts.consent[CALL_CONSENT] & ~contacts.refused & ~contacts.wrong
    open_to = np.stack(
        [calls, contacts.wecom & contacts.consent[WECOM_CONSENT], contacts.consent[SMS_CONSENT], np.ones_like(calls)]
    )
    flags: Flags = open_to[orders.channel, who] & (who < insurer.known(step))
    return flags


def _tried(insurer: Insurer, orders: Orders, step: Step) -> Done:
    """What each contact would come to; the minutes are known only once the talk is over."""
    day, draws, who = step.number, insurer.draws, orders.customer
    called = orders.channel == CALL
    seconds = draws.times("calling", step, CALLING)
    noticed = draws.uniform("noticed", day)[who] < _notice(insurer, orders, seconds[who], step)
    talk = np.where(called & noticed, _talk(insurer, day)[who], 0) * np.where(orders.tone == HELP, LONGER, 1)
    writing = np.where((orders.channel == WECOM) & (orders.tone != MASS), WRITING, 0)
    spent = np.where(called, HANDLING + talk / 60, writing)
    return Done(orders, spent.astype(np.float32), noticed, talk.astype(np.float32), seconds[who])


def _notice(insurer: Insurer, orders: Orders, seconds: Ints, step: Step) -> Floats:
    """Chance that a call connects or a message is read."""
    seen = np.array(insurer.scenario.reaction.seen, np.float32)[orders.channel]
    picks_up = picking_up(insurer.market, orders.customer, ((seconds - step.start + step.local) // 3_600) % 24)
    return np.where(orders.channel == CALL, seen * picks_up, seen).astype(np.float32)


def _talk(insurer: Insurer, day: int) -> Floats:
    """Seconds that a talk with each customer would last: longer with interest, trust and a liking for contact."""
    market = insurer.market
    noise = insurer.draws.generator("talk", day).standard_normal(len(market.people), np.float32)
    return talk_seconds(talkative(market) + 0.25 * insurer.answering, noise, market.temperament.wrong_number)


def _answer(insurer: Insurer, done: Done, step: Step) -> None:
    """What contact leaves behind: something heard, doubts settled, and fatigue."""
    orders, reaction, temper = done.orders, insurer.scenario.reaction, insurer.market.temperament
    noticed = done.noticed & ~temper.wrong_number[orders.customer]
    share = strength(insurer, orders) * noticed
    renewal = orders.purpose == RENEWAL
    remind(insurer.heard, orders.customer[renewal], share[renewal])
    sale = np.flatnonzero(orders.purpose == SALE)
    line, vague = _meant(insurer, orders.take(sale))
    remind(insurer.heard_of, (line, orders.customer[sale]), share[sale] * vague)
    helped = orders.customer[noticed & (orders.tone == HELP) & (orders.channel == CALL)]
    temper.doubt[helped] *= np.float32(1 - reaction.helped)
    weight = np.array(FATIGUE, np.float32)[orders.channel]
    missed = np.where(orders.channel == CALL, TOUCH, weight)
    temper.fatigue[orders.customer] += np.where(done.noticed, weight, missed).astype(np.float32)
    insurer.dialled[orders.customer[orders.channel == CALL]] = step.number


def remind(heard: Floats, where: Array | tuple[Array, Array], share: Floats) -> None:
    """Some of a talk is on their mind now: what was missing of it, by that share."""
    heard[where] += (1 - heard[where]) * share


def strength(insurer: Insurer, orders: Orders) -> Floats:
    """What one noticed contact does compared to a talk; those who like to write take a message as well as a call."""
    reaction = insurer.scenario.reaction
    out = np.array(reaction.strength, np.float32)[orders.channel]
    chatty = insurer.market.temperament.chatty[orders.customer] & (orders.channel == WECOM)
    out = np.where(chatty, CHATTY, out) * np.where(orders.tone == MASS, reaction.mass, 1)
    return out.astype(np.float32)


def _meant(insurer: Insurer, orders: Orders) -> tuple[Array, Floats]:
    """The line that comes up: the one offered, else the one the customer thinks of, told less to the point."""
    wanted = insurer.market.needs.interest[:, orders.customer].argmax(axis=0) if len(orders) else orders.line
    vague = np.where(orders.line < 0, np.where(orders.channel == CALL, 0.6, 0.3), 1.0)
    return np.where(orders.line < 0, wanted, orders.line), vague.astype(np.float32)
