"""Calls: who is dialled, who picks up, and how it ends."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from simulator.arrays import Array, Codes, Flags, Floats, Ints, category, choose, happens, where
from simulator.clock import CALLING, Step
from simulator.contacts import CALL
from simulator.legacy import call_chances
from simulator.market import Market
from simulator.temperament import TALK, TOUCH
from simulator.vocabulary import DISPOSITIONS, EVENT_CHANNELS, code

LAST_DIAL = 1_800
"""Seconds before the end of a step after which nobody is dialled, so that calls end in their own step."""

RINGING = 35.0
LONGEST = 1_500.0
"""Seconds."""

ENDINGS = ("callback", "interested", "not_interested", "do_not_call")
UNREACHED = ("no_answer", "busy", "voicemail")
UNREACHED_SHARES = (0.7, 0.18, 0.12)


@dataclass
class Dials:
    """The calls of one step, at most one per customer; arrays of shape (calls,).

    ended: when the agent hung up. talk: seconds talked, 0 when nobody picked up.
    """

    customer: Ints
    time: Ints
    connected: Flags
    talk: Floats
    ended: Ints

    def reached(self, size: int) -> tuple[Flags, Ints]:
        """Per customer: whether a call connected, and when it ended."""
        flags, ended = np.zeros(size, bool), np.zeros(size, np.int32)
        flags[self.customer[self.connected]] = True
        ended[self.customer] = self.ended
        return flags, ended


def dial(rng: np.random.Generator, market: Market, step: Step, known: int) -> Dials:
    """Work through this step's list."""
    customer = where(rng, call_chances(market, step, known))
    time = step.times(rng, customer.size, CALLING)
    in_time = time < step.end - LAST_DIAL
    customer, time = customer[in_time], time[in_time]
    hour = ((time - step.start + step.local) // 3_600) % 24
    connected = happens(rng, picking_up(market, customer, hour))
    liking = talkative(market)[customer]
    noise = rng.standard_normal(customer.size, np.float32)
    lasting = talk_seconds(liking, noise, market.temperament.wrong_number[customer])
    talk = np.where(connected, lasting, 0).astype(np.float32)
    ended = time + (RINGING * rng.random(time.size) + talk).astype(np.int32) + 3
    market.contacts.callback[customer] = False
    market.temperament.fatigue[customer] += np.where(connected, TALK, TOUCH).astype(np.float32)
    return Dials(customer, time, connected, talk, ended)


def record(rng: np.random.Generator, market: Market, dials: Dials, closed: Codes) -> None:
    """Write the calls to the log. `closed` is the disposition of what was closed on each call, or -1."""
    answer = np.where(closed >= 0, closed, _codes(ENDINGS)[choose(rng, endings(market)[:, dials.customer])])
    wrong = market.temperament.wrong_number[dials.customer]
    answer = np.where(wrong, code(DISPOSITIONS, "wrong_number"), answer)
    silence = _codes(UNREACHED)[category(rng, dials.customer.size, UNREACHED_SHARES)]
    disposition = np.where(dials.connected, answer, silence).astype(np.int8)
    talk = np.where(dials.connected, np.round(dials.talk), np.nan)
    call = code(EVENT_CHANNELS, "call")
    market.log.append("call.attempted", dials.customer, dials.time, channel=call)
    market.log.append("call.completed", dials.customer, dials.ended, channel=call, disposition=disposition, talk=talk)
    _remember(rng, market, dials, disposition)


def picking_up(market: Market, customer: Array, hour: Array) -> Floats:
    """Chance of connecting at a local hour: the person, the hour, a chat before, trust, interest and patience."""
    temper, known = market.temperament, len(market.people)
    away = np.abs(hour - temper.hour[customer]) / 5
    score = temper.reach[customer] - 0.6 * away + 0.5 * market.contacts.wrote[customer]
    score += 0.25 * temper.loyalty(known)[customer] - 0.25 * market.tiredness(known)[customer]
    score += 0.25 * np.minimum(market.needs.attention(known)[customer], 2)
    centre = np.log(market.world.connect / (1 - market.world.connect)) + 0.45
    out: Floats = (1 / (1 + np.exp(-(centre + score)))).astype(np.float32)
    return out


def talkative(market: Market) -> Floats:
    """What interest and trust add to the log seconds of a talk; shape (customers,)."""
    known = len(market.people)
    interest = np.minimum(market.needs.attention(known), 3)
    out: Floats = 0.35 * interest + 0.2 * market.temperament.loyalty(known)
    return out


def talk_seconds(liking: Floats, noise: Floats, wrong_number: Flags) -> Floats:
    """Seconds talked, by what is added to their log and a standard normal chance."""
    longest = np.where(wrong_number, 20, LONGEST)
    return np.clip(np.exp(3.9 + liking + 0.8 * noise), 4, longest).astype(np.float32)


def endings(market: Market, likes: Floats | float = 0.0) -> Floats:
    """Weights of the `ENDINGS` of a talk with each customer in which nothing is closed; shape (endings, customers).

    likes: how they take to being contacted, on the log scale.
    """
    temper, known = market.temperament, len(market.people)
    warm = np.minimum(market.needs.attention(known), 3) + 0.3 * temper.loyalty(known)
    never = market.world.do_not_call * np.exp(0.5 * market.tiredness(known) - 0.5 * temper.trust - 0.4 * likes)
    later, liked = 0.12 * np.exp(0.6 * warm + 0.3 * likes), 0.16 * np.exp(0.9 * warm + 0.3 * likes)
    not_liked = np.broadcast_to(0.72 * np.exp(-0.3 * likes), known)
    return np.stack([later, liked, not_liked, never]).astype(np.float32)


def adding(market: Market) -> Floats:
    """Chance that a customer adds the adviser on WeCom after a talk; shape (customers,)."""
    liking = np.exp(0.3 * market.temperament.engagement - 0.05)
    out: Floats = (market.world.wecom_after_call * liking).astype(np.float32)
    return out


def _remember(rng: np.random.Generator, market: Market, dials: Dials, disposition: Codes) -> None:
    """What follows from how the calls ended."""
    contacts = market.contacts
    contacts.callback[dials.customer[disposition == code(DISPOSITIONS, "callback")]] = True
    contacts.wrong[dials.customer[disposition == code(DISPOSITIONS, "wrong_number")]] = True
    never = disposition == code(DISPOSITIONS, "do_not_call")
    refusing, ended = dials.customer[never], dials.ended[never]
    contacts.refused[refusing] = True
    contacts.consent[CALL, refusing] = False
    market.log.append("consent.changed", refusing, ended, channel=code(EVENT_CHANNELS, "call"), consent=0)
    talked = dials.connected & ~never & ~market.temperament.wrong_number[dials.customer]
    _add_on_wecom(rng, market, dials.customer[talked], dials.ended[talked])


def _add_on_wecom(rng: np.random.Generator, market: Market, customer: Ints, ended: Ints) -> None:
    """Call first, then add: within the hour, while the consent holds."""
    contacts = market.contacts
    free = ~contacts.wecom[customer] & contacts.consent[1, customer]
    added = happens(rng, (adding(market)[customer] * free).astype(np.float32))
    customer, time = customer[added], ended[added] + rng.integers(20, 240, int(added.sum()), np.int32)
    contacts.add(customer, time)
    market.log.append("wecom.added", customer, time, channel=code(EVENT_CHANNELS, "wecom"))
    market.tags.append("wecom_added", customer, time, np.ones(customer.size, bool))


def _codes(names: tuple[str, ...]) -> Array:
    return np.array([code(DISPOSITIONS, name) for name in names], np.int8)
