"""Messages: what the insurer pushes, who clicks, who writes back, and who shuts the door."""

from __future__ import annotations

import numpy as np

from simulator.arrays import Array, Codes, Flags, Floats, Ints, choose, happens, repeats, where
from simulator.clock import DAY, Step
from simulator.contacts import SMS, WECOM
from simulator.legacy import MESSAGE_WINDOWS, campaign_line, due, message_chances
from simulator.market import Market
from simulator.needs import interests
from simulator.products import PRODUCTS
from simulator.temperament import TOUCH
from simulator.vocabulary import EVENT_CHANNELS, TOPICS, code

ON_WECOM, ON_SMS, ON_WEB = (code(EVENT_CHANNELS, name) for name in ("wecom", "sms", "web"))
EXPIRY = code(TOPICS, "expiry")
OTHER_TOPICS = tuple(code(TOPICS, name) for name in ("price", "claim", "service", "chat"))

CHATS = 14.0
"""Messages a year from those who keep writing on WeCom, at average engagement and no interest."""
FIRST_DAYS = 30
WELCOME = 9.0
"""Mean days that everybody else keeps writing after being added; nobody does beyond FIRST_DAYS."""


def push(rng: np.random.Generator, market: Market, step: Step, known: int) -> None:
    """Send this step's mass pushes and reminders: on WeCom where added, else by SMS.

    Runs before anyone is added or writes in this step, so that nothing reaches who is not there yet or left.
    """
    contacts = market.contacts
    reminded = due(market, step, known, MESSAGE_WINDOWS)
    customer = where(rng, message_chances(market, step, known, reminded))
    line = np.where(reminded >= 0, reminded, campaign_line(market, step, known))[customer].astype(np.int8)
    topic = np.where(reminded[customer] >= 0, EXPIRY, line).astype(np.int8)
    on_wecom = contacts.on_wecom(known)[customer]
    by_sms = ~contacts.wecom[customer] & contacts.consent[SMS, customer]
    _send(rng, market, step, "wecom.message_sent", customer[on_wecom], line[on_wecom], topic[on_wecom])
    _send(rng, market, step, "sms.sent", customer[by_sms], line[by_sms], topic[by_sms])


def _send(
    rng: np.random.Generator, market: Market, step: Step, kind: str, customer: Ints, line: Codes, topic: Codes
) -> None:
    sms = kind == "sms.sent"
    channel = ON_SMS if sms else ON_WECOM
    time = step.times(rng, customer.size)
    market.log.append(kind, customer, time, channel=channel, product=line, topic=topic)
    market.temperament.fatigue[customer] += np.float32(TOUCH)
    clicked = happens(rng, _click_chance(market, customer, line, topic)) & sms
    _click(rng, market, step, customer[clicked], time[clicked], line[clicked])
    _leave(rng, market, step, SMS if sms else WECOM, customer[~clicked], time[~clicked])


def _click_chance(market: Market, customer: Ints, line: Codes, topic: Codes) -> Floats:
    wanted = np.minimum(market.needs.interest[line, customer], 2)
    score = 0.5 * market.temperament.engagement[customer] + 1.1 * wanted + 0.5 * (topic == EXPIRY)
    out: Floats = np.minimum(0.02 * np.exp(score), 0.5).astype(np.float32)
    return out


def _click(rng: np.random.Generator, market: Market, step: Step, customer: Ints, time: Ints, line: Codes) -> None:
    clicked = np.minimum(time + rng.integers(30, 4 * 3_600, time.size, np.int32), step.end - 60)
    clicked = np.maximum(clicked, time)
    market.log.append("sms.clicked", customer, clicked, channel=ON_SMS, product=line)
    market.log.append("web.page_viewed", customer, clicked + 5, channel=ON_WEB, product=line, topic=line)


def _leave(rng: np.random.Generator, market: Market, step: Step, consent: int, customer: Ints, time: Ints) -> None:
    """Too many messages: some unsubscribe or delete the adviser."""
    temper = market.temperament
    tired = np.maximum(temper.fatigue[customer] - temper.patience[customer], 0)
    gone = happens(rng, (0.0025 * np.exp(0.4 * tired - 0.4 * temper.trust[customer])).astype(np.float32))
    time = np.minimum(time[gone] + 40, step.end - 1)
    market.contacts.consent[consent, customer[gone]] = False
    channel = ON_SMS if consent == SMS else ON_WECOM
    market.log.append("consent.changed", customer[gone], time, channel=channel, consent=0)


def chat(rng: np.random.Generator, market: Market, step: Step, known: int) -> None:
    """Customers write on WeCom, and the adviser mostly answers."""
    expected = chats(market, step.start, known, step.years, FIRST_DAYS - step.days)
    customer = repeats(rng, (expected * market.contacts.on_wecom(known)).astype(np.float32))
    added = market.contacts.added_at[customer]
    time = step.times(rng, customer.size)
    kept = time > added
    customer, time = customer[kept], time[kept]
    topic = _topics(rng, market, customer)
    line = np.where(topic < len(PRODUCTS), topic, -1).astype(np.int8)
    columns: dict[str, Array | float] = {"channel": ON_WECOM, "topic": topic, "product": line}
    market.log.append("wecom.message_received", customer, time, **columns)
    _answer(rng, market, step, customer, time, topic, line)
    market.contacts.wrote[:known] = False
    market.contacts.wrote[customer] = True


def chats(market: Market, start: int, known: int, years: float | np.float32, new_for: int) -> Array:
    """Messages expected in so many years from each customer, were all added on WeCom; new_for: days after being added
    in which somebody is new.
    """
    temper = market.temperament
    since = (start - market.contacts.added_at[:known].astype(np.float32)) / DAY
    new = np.where((since >= 0) & (since < new_for), np.exp(-since / WELCOME), 0)
    stirred = 1 + 1.5 * np.minimum(market.needs.attention(known), 3) + 1.2 * temper.doubt[:known]
    lasting = temper.chatty[:known] * stirred
    expected: Array = CHATS * years * np.exp(0.4 * temper.engagement[:known]) * (lasting + 2.5 * new)
    return expected


def _topics(rng: np.random.Generator, market: Market, customer: Ints) -> Codes:
    """What they write about: what they are interested in, what they doubt, or nothing much."""
    temper = market.temperament
    doubt = temper.doubt[customer]
    interest = np.minimum(market.needs.attention(len(market.people))[customer], 3)
    price = 0.15 * np.exp(0.5 * temper.price[customer]) + 0.7 * doubt
    service = 0.15 + 0.4 * doubt
    weights = np.stack([1.5 * interest, price, 0.12 + 0.1 * doubt, service, np.full(customer.size, 0.8)])
    kind = choose(rng, weights.astype(np.float32))
    other = np.array((0, *OTHER_TOPICS), np.int8)[kind]
    return np.where(kind == 0, interests(rng, market.needs, customer), other).astype(np.int8)


def _answer(
    rng: np.random.Generator,
    market: Market,
    step: Step,
    customer: Ints,
    time: Ints,
    topic: Codes,
    line: Codes,
) -> None:
    answered: Flags = rng.random(customer.size) < 0.85
    delay = rng.integers(60, 3 * 3_600, customer.size, np.int32)
    reply = np.minimum(time + delay, step.end - 1)[answered]
    market.log.append(
        "wecom.message_sent",
        customer[answered],
        reply,
        channel=ON_WECOM,
        topic=topic[answered],
        product=line[answered],
    )
