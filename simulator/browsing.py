"""What customers do by themselves on the web, in the mini-program, at courses and fairs."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from simulator.arrays import Array, Codes, Flags, Floats, Ints, happens, repeats
from simulator.clock import Step
from simulator.contacts import CALL
from simulator.market import Market
from simulator.needs import interests
from simulator.policy_book import quoted
from simulator.vocabulary import EVENT_CHANNELS, TOPICS, code


@dataclass(frozen=True)
class Habit:
    """One thing customers do by themselves.

    rate: times a year at average engagement without interest or doubt. engagement: effect on the log rate.
    interest, ripe, doubt: what one unit of each adds, in multiples of `rate`.
    channels: where, evenly. about: chance that it shows which line of cover it is about.
    """

    event: str
    rate: float
    engagement: float
    interest: float
    ripe: float
    doubt: float
    channels: tuple[str, ...]
    about: float

    def expected(self, market: Market, known: int, years: float | np.float32) -> Floats:
        """How often each customer does it in so many years; shape (known,)."""
        ripe = market.needs.ripe[:, :known].sum(axis=0)
        doubt = market.temperament.doubt[:known]
        causes = 1 + self.interest * market.needs.attention(known) + self.ripe * ripe + self.doubt * doubt
        level = np.exp(self.engagement * market.temperament.engagement[:known])
        out: Floats = (self.rate * years * level * causes).astype(np.float32)
        return out


HABITS = (
    Habit("web.page_viewed", 1.5, 0.6, interest=20, ripe=8, doubt=9, channels=("web",), about=0.9),
    Habit("content.viewed", 1.6, 0.8, interest=3, ripe=0, doubt=0,
          channels=("official_account", "short_video", "community"), about=0.6),
    Habit("quote.requested", 0.05, 0.3, interest=40, ripe=120, doubt=30, channels=("web",), about=1.0),
    Habit("form.submitted", 0.10, 0.4, interest=8, ripe=16, doubt=0,
          channels=("web", "offline", "campus"), about=0.7),
    Habit("gift.claimed", 0.35, 0.7, interest=1, ripe=0, doubt=0, channels=("official_account",), about=0.0),
    Habit("course.attended", 0.15, 0.7, interest=3, ripe=2, doubt=0,
          channels=("community", "offline"), about=0.5),
)  # fmt: skip

CARE, PRICE = code(TOPICS, "care"), code(TOPICS, "price")


def browse(rng: np.random.Generator, market: Market, step: Step, known: int) -> None:
    """One step of every habit."""
    for habit in HABITS:
        customer = repeats(rng, habit.expected(market, known, step.years))
        time = step.times(rng, customer.size)
        _record(rng, market, habit, customer, time)
        if habit.event == "form.submitted":
            _consent(rng, market, customer, time)


def _record(rng: np.random.Generator, market: Market, habit: Habit, customer: Ints, time: Ints) -> None:
    line = _lines(rng, market, customer)
    shown = np.where(rng.random(customer.size) < habit.about, line, -1).astype(np.int8)
    channels = np.array([code(EVENT_CHANNELS, name) for name in habit.channels], np.int8)
    channel = channels[rng.integers(0, channels.size, customer.size)]
    columns: dict[str, Array] = {"product": shown, "channel": channel}
    if habit.event == "quote.requested":
        columns["premium"] = quoted(rng, market.people, line, customer)
    elif habit.event in ("web.page_viewed", "content.viewed"):
        columns["topic"] = _topics(rng, market, customer, shown)
    market.log.append(habit.event, customer, time, **columns)


def _lines(rng: np.random.Generator, market: Market, customer: Ints) -> Codes:
    """Mostly the line of interest; with a doubt and no interest, a line already held, to compare prices."""
    line = interests(rng, market.needs, customer)
    interest = market.needs.interest[:, customer].sum(axis=0)
    shops = happens(rng, shopping_around(market.temperament.doubt[customer], interest))
    return compared(market, customer, shops, line)


def shopping_around(doubt: Floats, interest: Floats) -> Floats:
    """Chance that somebody compares prices for what they hold, rather than looks for more."""
    out: Floats = (doubt / (doubt + interest + 0.3)).astype(np.float32)
    return out


def compared(market: Market, customer: Ints, shops: Flags, line: Codes) -> Codes:
    """`line`, or for those who shop around the one that they hold longest."""
    held = market.book.expires[:, customer].argmax(axis=0).astype(np.int8)
    owns = market.book.owned(len(market.people))[held, customer]
    return np.where(shops & owns, held, line).astype(np.int8)


def _topics(rng: np.random.Generator, market: Market, customer: Ints, shown: Codes) -> Codes:
    return topics(happens(rng, asking_the_price(market, customer)), shown)


def asking_the_price(market: Market, customer: Array) -> Floats:
    """Chance that a look is about the price."""
    temper = market.temperament
    pricing = 0.12 * np.exp(0.7 * temper.price[customer]) + 0.3 * temper.doubt[customer]
    out: Floats = np.minimum(pricing, 0.8).astype(np.float32)
    return out


def topics(about_price: Flags, shown: Codes) -> Codes:
    """The price, the line that was shown, or care."""
    return np.where(about_price, PRICE, np.where(shown >= 0, shown, CARE)).astype(np.int8)


def _consent(rng: np.random.Generator, market: Market, customer: Ints, time: Ints) -> None:
    """A form can give the consent to calls that was missing; never after "do not call"."""
    customer, first = np.unique(customer, return_index=True)
    contacts = market.contacts
    open_to = ~contacts.consent[CALL, customer] & ~contacts.refused[customer]
    open_to &= rng.random(customer.size) < 0.4
    customer, time = customer[open_to], time[first][open_to]
    contacts.consent[CALL, customer] = True
    call = code(EVENT_CHANNELS, "call")
    market.log.append("consent.changed", customer, time + 1, channel=call, consent=1)
