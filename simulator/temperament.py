"""How each customer is inclined, and the mood and fatigue of the moment: hidden, never exported."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from simulator.arrays import Codes, Flags, Floats, chance, happens, normal
from simulator.clock import Step, decay
from simulator.population import Population
from simulator.vocabulary import CHANNELS, code
from simulator.world import World

TALK, TOUCH = 1.0, 0.4
"""What a talk adds to fatigue; what a message or a call that nobody picks up does."""

DISLOYAL = 1.3
"""What a unit of doubt takes from loyalty."""


@dataclass
class Temperament:
    """Lasting traits and passing moods; every array has shape (customers,), in standard units.

    engagement: how much the customer looks, clicks and writes. drive: readiness to buy cover at all.
    price: sensitivity to price. trust: lasting trust in the insurer. patience: contacts a month that do not
    annoy. reach: log odds of picking up, around the average. hour: local hour of picking up best.
    chatty: keeps writing on WeCom after the first month. wrong_number: the phone belongs to someone else.
    mood: passing change of trust, from claims and complaints. doubt: passing wish to leave, never negative.
    fatigue: contacts not yet forgotten.
    """

    engagement: Floats
    drive: Floats
    price: Floats
    trust: Floats
    patience: Floats
    reach: Floats
    hour: Codes
    chatty: Flags
    wrong_number: Flags
    mood: Floats
    doubt: Floats
    fatigue: Floats

    def advance(self, rng: np.random.Generator, step: Step, known: int, world: World) -> None:
        """Moods fade, contacts are forgotten, doubts arise: more where trust is low and contacts many."""
        self.mood[:known] *= decay(step.days, 90)
        self.doubt[:known] *= decay(step.days, world.doubt_days)
        self.fatigue[:known] *= decay(step.days, world.fatigue_days)
        tired = np.maximum(self.fatigue[:known] - self.patience[:known], 0)
        gloom = 0.15 * tired - 0.4 * self.trust[:known] - 0.3 * self.mood[:known]
        rate = world.doubts * step.years * np.exp(gloom)
        arises = happens(rng, chance(rate.astype(np.float32)))
        self.doubt[:known] += arises * (0.4 + rng.standard_exponential(known, np.float32))

    def loyalty(self, known: int) -> Floats:
        """Trust as it is now: what renewing depends on."""
        out: Floats = self.trust[:known] + self.mood[:known] - DISLOYAL * self.doubt[:known]
        return out


def temper(rng: np.random.Generator, people: Population, world: World) -> Temperament:
    """Draw traits; age, income and channel of acquisition shift them a little."""
    size = len(people)
    years = (people.age - 38) / 11
    sold_short = people.channel == code(CHANNELS, "short_video")
    referred = people.channel == code(CHANNELS, "referral")
    income = people.income_band.astype(np.float32) - 1.2
    engagement: Floats = (normal(rng, size) - 0.15 * years).astype(np.float32)
    return Temperament(
        engagement=engagement,
        drive=world.drive_spread * normal(rng, size) + world.tag_effect * (0.2 * income + 0.35 * referred),
        price=normal(rng, size) - 0.25 * income,
        trust=0.9 * normal(rng, size) + 0.2 * years + 0.4 * referred - 0.45 * sold_short,
        patience=2.0 + rng.gamma(2.0, 0.8, size).astype(np.float32),
        reach=(0.7 * normal(rng, size) + 0.15 * years).astype(np.float32),
        hour=np.clip(14 + 3.5 * normal(rng, size), 9, 19).astype(np.int8),
        chatty=happens(rng, (1 - world.silent) * np.exp(0.5 * engagement - 0.275).astype(np.float32)),
        wrong_number=rng.random(size) < world.wrong_numbers,
        mood=np.zeros(size, np.float32),
        doubt=np.zeros(size, np.float32),
        fatigue=np.zeros(size, np.float32),
    )
