"""A legacy as most insurers have it: contact goes to who scores high, and agents pick whom they like to call."""

from __future__ import annotations

import numpy as np

from simulator.arrays import Floats
from simulator.clock import DAY
from simulator.legacy import EXPIRY_DAYS, LEAD_DAYS
from simulator.loop.insurer import Insurer
from simulator.loop.legacy import (
    EXPIRY_CALLS,
    EXPIRY_PUSHES,
    HELPING,
    LEAD_CALLS,
    LIST_CALLS,
    PUSHES,
    due_line,
)
from simulator.loop.policy import CALL, HELP, PLAIN, RENEWAL, SALE, SMS, WECOM, Morning, Orders
from simulator.loop.truth import standard
from simulator.population import Population
from simulator.vocabulary import CHANNELS, code

CONTROL, MONTH = 0.02, 30
"""Share of the customers who are left alone, drawn anew each month of so many days; no record tells who they are."""

SHARE = 1 / 3
"""Of the rates of the standing experiment, whose every arm gets its own for a third of the time: the same volume."""

BY_SCORE, BY_EAR = 1.0, 1.0
"""What a standard deviation of the score, and of how willing a customer sounds, adds to the log chance of contact."""


class Ranked:
    """Draws whom to contact with chances that rise with a propensity score of tags and interest, and of calls with
    loyalty, which agents hear and do not write down: what would happen anyway is mixed up with what contact does.
    """

    reads = False

    def __init__(self, rng: np.random.Generator, insurer: Insurer) -> None:
        self._rng = rng
        self._insurer = insurer
        self._tagged = standard(_tagged(insurer.market.people))
        self._alone = np.zeros(0, bool)

    def decide(self, morning: Morning) -> Orders:
        """At most one contact each, in random order."""
        records, size = morning.records, len(morning.records.known)
        if morning.day % MONTH == 0 or len(self._alone) == 0:
            self._alone = self._rng.random(size) < CONTROL
        line = due_line(records, morning.day, EXPIRY_DAYS)
        drawn = self._rng.random((3, size), np.float32)
        lead = (records.joined > 0) & (records.joined > (morning.day - LEAD_DAYS) * DAY)
        score, ear = self._score(), standard(self._insurer.market.temperament.loyalty(size))
        call = np.where(line >= 0, EXPIRY_CALLS, np.where(lead, LEAD_CALLS, LIST_CALLS)) * SHARE
        push = np.where(line >= 0, EXPIRY_PUSHES, PUSHES) * SHARE
        calls = drawn[0] < call * _weight(BY_SCORE * score + BY_EAR * ear, records.known)
        pushed = drawn[1] < push * _weight(BY_SCORE * score, records.known)
        who = np.flatnonzero(records.known & ~self._alone & (calls | pushed))
        offered = np.where(line[who] >= 0, line[who], self._rng.integers(0, len(records.expires), len(who)))
        channel = np.where(calls[who], CALL, np.where(records.wecom[who], WECOM, SMS))
        purpose = np.where(line[who] >= 0, RENEWAL, SALE)
        help_asked = calls[who] & (line[who] >= 0) & (drawn[2][who] < HELPING)
        return Orders.of(who, channel, purpose, offered, np.where(help_asked, HELP, PLAIN))

    def _score(self) -> Floats:
        interest = np.minimum(self._insurer.market.needs.attention(len(self._tagged)), 2)
        return standard(self._tagged + standard(interest))


def _tagged(people: Population) -> Floats:
    """What tags tell of loyalty, as a score of an insurer's would."""
    referred = people.channel == code(CHANNELS, "referral")
    sold_short = people.channel == code(CHANNELS, "short_video")
    out: Floats = (0.02 * (people.age - 38) + 0.4 * referred - 0.45 * sold_short + 0.1 * people.income_band).astype(
        np.float32
    )
    return out


def _weight(log_weight: Floats, known: np.ndarray) -> Floats:
    """exp of it, around a mean of 1 over those who are known."""
    weight = np.exp(log_weight)
    out: Floats = (weight / max(float(weight[known].mean()) if known.any() else 1.0, 1e-6)).astype(np.float32)
    return out
