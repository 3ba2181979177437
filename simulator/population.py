"""Who the customers are: the tags a CRM holds about them, and when they became known."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from simulator.arrays import Codes, Flags, Floats, Ints, category, happens, normal
from simulator.clock import DAY
from simulator.vocabulary import CONSENT_CHANNELS, OCCUPATIONS, SEGMENTS, code
from simulator.world import World

CHANNEL_SHARES = (0.34, 0.20, 0.20, 0.10, 0.16)
REGION_SHARES = (0.29, 0.19, 0.15, 0.14, 0.12, 0.05, 0.06)
OCCUPATION_SHARES = (0.34, 0.24, 0.08, 0.06, 0.20, 0.08)
"""Of those who are neither students nor retired."""
CONSENT_SHARES = (0.90, 0.95, 0.94)
"""Share who consent to calls, WeCom and SMS when they are first known."""


@dataclass(frozen=True)
class Population:
    """Customers in the order in which they became known; every array has shape (customers,).

    joined: seconds since the start of the history; 0 for those who are known before it, which come first.
    tenure: years as a customer or lead when the history first knows them.
    consents: shape (3, customers), rows as CONSENT_CHANNELS.
    Codes are positions in the tuples of `vocabulary`; counts and years are plain numbers.
    """

    joined: Ints
    existing: int
    channel: Codes
    region: Codes
    gender: Codes
    age: Floats
    children: Codes
    child_age_band: Codes
    occupation: Codes
    income_band: Codes
    car_owner: Flags
    wecom_added: Flags
    tenure: Floats
    segment: Codes
    consents: Flags

    def __len__(self) -> int:
        return self.joined.size

    def known(self, time: int) -> int:
        """How many are known at a time; they are the first so many."""
        return int(np.searchsorted(self.joined, time, side="left")) if time > 0 else self.existing


def populate(rng: np.random.Generator, size: int, days: int, world: World) -> Population:
    """Draw a population that arrives over a history of so many days."""
    existing = round(size * world.existing)
    joined = _arrivals(rng, size, existing, days)
    channel = category(rng, size, CHANNEL_SHARES)
    gender = category(rng, size, (0.56, 0.44))
    age = _ages(rng, size)
    children, band = _children(rng, age)
    occupation = _occupations(rng, age)
    income = _incomes(rng, age, occupation)
    car = happens(rng, 0.12 + 0.16 * income.astype(np.float32) - 0.10 * (age < 26))
    known_before = np.arange(size) < existing
    tenure = np.where(known_before, rng.gamma(1.6, 1.3, size), 0).astype(np.float32)
    return Population(
        joined=joined,
        existing=existing,
        channel=channel,
        region=category(rng, size, REGION_SHARES),
        gender=gender,
        age=age,
        children=children,
        child_age_band=band,
        occupation=occupation,
        income_band=income,
        car_owner=car,
        wecom_added=known_before & (rng.random(size) < world.wecom_before),
        tenure=tenure,
        segment=_segments(rng, gender, age, children, car),
        consents=np.stack([rng.random(size) < share for share in CONSENT_SHARES[: len(CONSENT_CHANNELS)]]),
    )


def _arrivals(rng: np.random.Generator, size: int, existing: int, days: int) -> Ints:
    joined = np.zeros(size, np.int32)
    joined[existing:] = np.sort(1 + (rng.random(size - existing) * (days * DAY - 2)).astype(np.int32))
    return joined


def _ages(rng: np.random.Generator, size: int) -> Floats:
    return np.clip(38 + 11 * normal(rng, size), 19, 79).astype(np.float32)


def _children(rng: np.random.Generator, age: Floats) -> tuple[Codes, Codes]:
    """How many children, and the age band of the youngest who is under 19."""
    share = np.interp(age, [20, 26, 34, 55, 65], [0.02, 0.3, 0.85, 0.8, 0.5])
    parent = happens(rng, share.astype(np.float32))
    children = (parent * (1 + category(rng, age.size, (0.62, 0.33, 0.05)))).astype(np.int8)
    child_age = age - 29 + 4.5 * normal(rng, age.size)
    band = 1 + np.digitize(child_age, [6, 13]).astype(np.int8)
    return children, np.where((children > 0) & (child_age < 19), band, 0).astype(np.int8)


def _occupations(rng: np.random.Generator, age: Floats) -> Codes:
    working = category(rng, age.size, OCCUPATION_SHARES)
    retired = happens(rng, np.interp(age, [49, 56, 66], [0, 0.5, 0.97]).astype(np.float32))
    student = (age < 24) & (rng.random(age.size) < 0.6)
    named = np.where(student, code(OCCUPATIONS, "student"), working)
    return np.where(retired, code(OCCUPATIONS, "retired"), named).astype(np.int8)


def _incomes(rng: np.random.Generator, age: Floats, occupation: Codes) -> Codes:
    by_occupation = np.array([0.3, -0.4, 0.1, 0.4, 0.2, 0.3, -1.3, -0.3], np.float32)[occupation]
    level = by_occupation + 0.012 * (age - 38) + 0.9 * normal(rng, age.size)
    bands: Codes = np.digitize(level, [-0.6, 0.5, 1.4]).astype(np.int8)
    return bands


def _segments(rng: np.random.Generator, gender: Codes, age: Floats, children: Codes, car: Flags) -> Codes:
    """The scene a campaign sorts a customer into: one, though several may fit."""
    bank = rng.random(age.size) < 0.15
    mother = (gender == 0) & (children > 0) & (age < 50)
    cases = (bank, age > 52, mother & (rng.random(age.size) < 0.8), car)
    names = ("bank", "retirement", "mother", "car_owner")
    choices = [np.full(age.size, code(SEGMENTS, name)) for name in names]
    return np.select(cases, choices, code(SEGMENTS, "single")).astype(np.int8)
