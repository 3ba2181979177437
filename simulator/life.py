"""Life events: they change what is needed at once, and become known as a tag later or never."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from simulator import products
from simulator.arrays import Array, Flags, Ints, where
from simulator.clock import DAY, Step
from simulator.market import Market
from simulator.population import Population
from simulator.vocabulary import CHILD_AGE_BANDS, OCCUPATIONS, code


@dataclass(frozen=True)
class LifeEvent:
    """What happens, its share of all life events, and the lines it makes matter, with how much."""

    name: str
    share: float
    stirs: tuple[tuple[str, float], ...]


EVENTS = (
    LifeEvent("birth", 0.30, (("health", 0.9), ("critical_illness", 0.5), ("life", 0.7))),
    LifeEvent("car", 0.30, (("motor", 1.5), ("accident", 0.4))),
    LifeEvent("retirement", 0.10, (("pension", 1.0), ("health", 0.5))),
    LifeEvent("illness_in_family", 0.30, (("critical_illness", 1.0), ("health", 0.7))),
)


def happen(rng: np.random.Generator, market: Market, had: Flags, step: Step, known: int) -> None:
    """One step of life; `had`, shape (customers,), marks who had an event already: one each is enough."""
    for event in EVENTS:
        rate = market.world.life_events * event.share * step.years
        may = _eligible(event.name, market.people, known) & ~had[:known]
        chance = np.float32(rate / max(float(may.sum()) / max(known, 1), 0.05)) * may.astype(np.float32)
        customer = where(rng, chance)
        had[customer] = True
        for name, strength in event.stirs:
            market.needs.stir(products.code(name), customer, strength)
        _tell(rng, market, event.name, customer, step)


def _eligible(name: str, people: Population, known: int) -> Flags:
    age = people.age[:known]
    flags: dict[str, Flags] = {
        "birth": (age > 21) & (age < 43) & (people.children[:known] < 3),
        "car": (age > 21) & (age < 66) & ~people.car_owner[:known],
        "retirement": (age > 54) & (people.occupation[:known] != code(OCCUPATIONS, "retired")),
        "illness_in_family": age > 24,
    }
    return flags[name]


def _tell(rng: np.random.Generator, market: Market, name: str, customer: Ints, step: Step) -> None:
    """Some life events become known within weeks."""
    told = customer[rng.random(customer.size) < market.world.tag_known]
    delay = rng.exponential(15 * DAY, told.size).astype(np.int32)
    time = step.times(rng, told.size) + delay
    for tag, value in _learned(name, market.people, told).items():
        market.tags.append(tag, told, time, value)


def _learned(name: str, people: Population, customer: Ints) -> dict[str, Array]:
    size = customer.size
    if name == "birth":
        band = np.full(size, code(CHILD_AGE_BANDS, "0-5"), np.int8)
        return {"children": people.children[customer] + np.int8(1), "child_age_band": band}
    if name == "car":
        return {"car_owner": np.ones(size, bool)}
    if name == "retirement":
        return {"occupation": np.full(size, code(OCCUPATIONS, "retired"), np.int8)}
    return {}
