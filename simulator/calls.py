"""Calls: who is dialled, who picks up, and how it ends."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from simulator.arrays import Array, Codes, Flags, Floats, Ints, category, choose, happens, where
from simulator.clock import CALLING, Step
from simulator.contacts import CALL
from simulator.legacy import call_chances
from simulator.market import Market
from simulator.vocabulary import DISPOSITIONS, EVENT_CHANNELS, code

LAST_DIAL = 1_800
"""Seconds before the end of a step after which nobody is dialled, so that calls end in their own step."""

RINGING = 35.0
LONGEST = 1_500.0
"""Seconds."""

ENDINGS = ("callback", "interested", "not_interested", "do_not_call")
UNREACHED = ("no_answer", "busy", "voicemail")


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
    connected = happens(rng, _pick_up(market, step, customer, time))
    talk = np.where(connected, _talk(rng, market, customer), 0).astype(np.float32)
    ended = time + (RINGING * rng.random(time.size) + talk).astype(np.int32) + 3
    market.contacts.callback[customer] = False
    market.temperament.fatigue[customer] += np.where(connected, 1.0, 0.4).astype(np.float32)
    return Dials(customer, time, connected, talk, ended)


def record(rng: np.random.Generator, market: Market, dials: Dials, closed: Codes) -> None:
    """Write the calls to the log. `closed` is the disposition of what was closed on each call, or -1."""
    answer = np.where(closed >= 0, closed, _ending(rng, market, dials.customer))
    wrong = market.temperament.wrong_number[dials.customer]
    answer = np.where(wrong, code(DISPOSITIONS, "wrong_number"), answer)
    silence = _codes(UNREACHED)[category(rng, dials.customer.size, (0.7, 0.18, 0.12))]
    disposition = np.where(dials.connected, answer, silence).astype(np.int8)
    talk = np.where(dials.connected, np.round(dials.talk), np.nan)
    call = code(EVENT_CHANNELS, "call")
    market.log.append("call.attempted", dials.customer, dials.time, channel=call)
    market.log.append("call.completed", dials.customer, dials.ended, channel=call, disposition=disposition, talk=talk)
    _remember(rng, market, dials, disposition)


def _pick_up(market: Market, step: Step, customer: Ints, time: Ints) -> Floats:
    """Chance of connecting: the person, the hour, a chat before, trust, and patience."""
    temper = market.temperament
    hour = ((time - step.start + step.local) // 3_600) % 24
    away = np.abs(hour - temper.hour[customer]) / 5
    tired = np.maximum(temper.fatigue[customer] - temper.patience[customer], 0)
    known = len(market.people)
    score = temper.reach[customer] - 0.6 * away + 0.5 * market.contacts.wrote[customer] - 0.25 * tired
    score += 0.25 * temper.loyalty(known)[customer]
    score += 0.25 * np.minimum(market.needs.attention(known)[customer], 2)
    centre = np.log(market.world.connect / (1 - market.world.connect)) + 0.45
    out: Floats = (1 / (1 + np.exp(-(centre + score)))).astype(np.float32)
    return out


def _talk(rng: np.random.Generator, market: Market, customer: Ints) -> Floats:
    """Seconds talked: longer with interest and trust."""
    temper, known = market.temperament, len(market.people)
    interest = np.minimum(market.needs.attention(known)[customer], 3)
    liking = 0.35 * interest + 0.2 * temper.loyalty(known)[customer]
    seconds = np.exp(3.9 + liking + 0.8 * rng.standard_normal(customer.size, np.float32))
    longest = np.where(temper.wrong_number[customer], 20, LONGEST)
    return np.clip(seconds, 4, longest).astype(np.float32)


def _ending(rng: np.random.Generator, market: Market, customer: Ints) -> Codes:
    """How a talk ends in which nothing is closed."""
    temper, known = market.temperament, len(market.people)
    tired = np.maximum(temper.fatigue[customer] - temper.patience[customer], 0)
    warm = np.minimum(market.needs.attention(known)[customer], 3) + 0.3 * temper.loyalty(known)[customer]
    never = market.world.do_not_call * np.exp(0.5 * tired - 0.5 * temper.trust[customer])
    later, liked = 0.12 * np.exp(0.6 * warm), 0.16 * np.exp(0.9 * warm)
    weights = np.stack([later, liked, np.full(customer.size, 0.72), never]).astype(np.float32)
    return _codes(ENDINGS)[choose(rng, weights)]


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
    liking = np.exp(0.3 * market.temperament.engagement[customer] - 0.05)
    free = ~contacts.wecom[customer] & contacts.consent[1, customer]
    added = happens(rng, (market.world.wecom_after_call * liking * free).astype(np.float32))
    customer, time = customer[added], ended[added] + rng.integers(20, 240, int(added.sum()), np.int32)
    contacts.add(customer, time)
    market.log.append("wecom.added", customer, time, channel=code(EVENT_CHANNELS, "wecom"))
    market.tags.append("wecom_added", customer, time, np.ones(customer.size, bool))


def _codes(names: tuple[str, ...]) -> Array:
    return np.array([code(DISPOSITIONS, name) for name in names], np.int8)
