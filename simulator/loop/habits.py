"""What customers do by themselves in a day: look, ask, write, claim, complain; in numbers no policy reshuffles."""

from __future__ import annotations

import numpy as np

from simulator.arrays import Array, Codes, Ints, chance, choose
from simulator.browsing import CARE, HABITS, Habit, asking_the_price, compared, shopping_around, topics
from simulator.claims import CLAIMS, COMPLAINED, GRIEVANCES, SETTLED, complaining, remembered
from simulator.clock import Step
from simulator.log import NEVER
from simulator.loop.insurer import Insurer
from simulator.messages import FIRST_DAYS, ON_WECOM, chats
from simulator.needs import in_mind
from simulator.policy_book import priced
from simulator.vocabulary import EVENT_CHANNELS, code

PER_DAY = np.float32(1 / 365)


def browse(insurer: Insurer, step: Step, known: int) -> None:
    """Every habit, at most once a day each."""
    market = insurer.market
    line = _lines(insurer, step, known)
    for habit in HABITS:
        hazard = habit.expected(market, known, PER_DAY)
        customer = np.flatnonzero(insurer.draws.happens(habit.event, step.number, chance(hazard)))
        _record(insurer, habit, customer, line, step)


def _record(insurer: Insurer, habit: Habit, customer: Array, line: Codes, step: Step) -> None:
    market, draws, day = insurer.market, insurer.draws, step.number
    about = draws.uniform(f"{habit.event} about", day)[customer] < habit.about
    shown = np.where(about, line[customer], -1).astype(np.int8)
    channels = np.array([code(EVENT_CHANNELS, name) for name in habit.channels], np.int8)
    way = (draws.uniform(f"{habit.event} way", day)[customer] * channels.size).astype(int)
    columns: dict[str, Array] = {"product": shown, "channel": channels[way]}
    if habit.event == "quote.requested":
        columns["premium"] = priced(market.people, line[customer], customer, np.zeros(customer.size, np.float32))
    elif habit.event in ("web.page_viewed", "content.viewed"):
        on_price = draws.uniform(f"{habit.event} topic", day)[customer] < asking_the_price(market, customer)
        columns["topic"] = topics(on_price, shown)
    market.log.append(habit.event, customer, draws.times(habit.event, step)[customer], **columns)


def _lines(insurer: Insurer, step: Step, known: int) -> Codes:
    """The line each customer has in mind; with a doubt and no interest one they hold, to compare prices."""
    market = insurer.market
    line = choose(insurer.draws.generator("in mind", step.number), in_mind(market.needs, slice(known)))
    looking = shopping_around(market.temperament.doubt[:known], market.needs.attention(known))
    shops = insurer.draws.happens("shops", step.number, looking)
    return compared(market, np.arange(known, dtype=np.int32), shops, line)


def chat(insurer: Insurer, step: Step, known: int) -> None:
    """Those added on WeCom write, the new ones for a month, a few for good."""
    market = insurer.market
    contacts = market.contacts
    heard = 1 + np.clip(insurer.answering[:known], 0, 2) * insurer.heard[:known]
    rate = chats(market, step.start, known, PER_DAY, FIRST_DAYS)
    writes = insurer.draws.happens("chat", step.number, chance((rate * heard).astype(np.float32)))
    writes &= contacts.on_wecom(known) & (contacts.added_at[:known] < step.start)
    customer = np.flatnonzero(writes)
    time = insurer.draws.times("chat", step)[customer]
    topic = np.full(customer.size, CARE, np.int8)
    market.log.append("wecom.message_received", customer, time, channel=ON_WECOM, topic=topic)
    contacts.wrote[:known] = (contacts.wrote[:known] & (step.number % 7 != 0)) | writes


def handle(insurer: Insurer, step: Step, known: int) -> None:
    """Claims and complaints: a quick close is remembered well, a slow one is not; long waits are complained about."""
    market, cases, draws, day = insurer.market, insurer.cases, insurer.draws, step.number
    mood, times = market.temperament.mood, draws.times("cases", step)
    open_claim, open_complaint = cases.claimed[:known] != NEVER, cases.complained[:known] != NEVER
    closed = np.flatnonzero(open_claim & (draws.uniform("closing", day)[:known] < 0.08))
    mood[closed] += remembered(step.start - cases.claimed[closed])
    market.log.append("claim.closed", closed, times[closed], product=cases.line[closed])
    settled = np.flatnonzero(open_complaint & (draws.uniform("settling", day)[:known] < 0.11))
    mood[settled] += np.float32(SETTLED)
    market.log.append("complaint.closed", settled, times[settled])
    _claim(insurer, step, known, ~open_claim, times)
    _complain(insurer, step, known, ~open_complaint, times)
    cases.claimed[closed], cases.complained[settled] = NEVER, NEVER


def _claim(insurer: Insurer, step: Step, known: int, free: Array, times: Ints) -> None:
    market, cases = insurer.market, insurer.cases
    rates = CLAIMS[:, None] * (market.book.expires[:, :known] > step.end)
    hazard = rates.sum(axis=0) * free * PER_DAY
    customer = np.flatnonzero(insurer.draws.happens("claim", step.number, hazard.astype(np.float32)))
    line = rates[:, customer].argmax(axis=0).astype(np.int8)
    cases.claimed[customer], cases.line[customer] = times[customer], line
    policy = market.book.number[line, customer]
    market.log.append("claim.opened", customer, times[customer], product=line, policy=policy)


def _complain(insurer: Insurer, step: Step, known: int, free: Array, times: Ints) -> None:
    """About service, price and claims; those about contact are in `answers`."""
    market, cases, temper = insurer.market, insurer.cases, insurer.market.temperament
    waiting = cases.waiting(step.start, known)
    rate = market.world.complaints * PER_DAY * complaining(market, waiting, known) * free
    customer = np.flatnonzero(insurer.draws.happens("complaint", step.number, rate.astype(np.float32)))
    cases.complained[customer] = times[customer]
    temper.mood[customer] += np.float32(COMPLAINED)
    topic = np.array(GRIEVANCES, np.int8)[np.where(waiting[customer], 2, customer % 2)]
    market.log.append("complaint.opened", customer, times[customer], topic=topic)
