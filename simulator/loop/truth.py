"""The hidden truth about contact: whom a talk moves, and whom it drives away. Never exported."""

from __future__ import annotations

import numpy as np

from simulator.arrays import Floats, normal
from simulator.loop.scenario import Reaction
from simulator.market import Market
from simulator.population import Population
from simulator.temperament import Temperament
from simulator.vocabulary import CHANNELS, CHILD_AGE_BANDS, code


def receptiveness(rng: np.random.Generator, market: Market, reaction: Reaction) -> Floats:
    """What one talk does to the log hazard of renewing; shape (customers,).

    Busy families and new customers forget and are glad of a reminder; who trusts the adviser listens; who looks
    after things by themselves needs nobody. Who never trusted is reminded of leaving.
    """
    people, temper = market.people, market.temperament
    hidden = float(np.sqrt(max(1 - reaction.from_tags**2 - reaction.from_traits**2, 0)))
    mixed = reaction.from_tags * standard(_tags(people)) + reaction.from_traits * standard(_traits(temper))
    mixed = mixed + hidden * normal(rng, len(people))
    out: Floats = (reaction.receptive + reaction.spread * standard(mixed)).astype(np.float32)
    return out


def related(rng: np.random.Generator, trait: Floats, correlation: float) -> Floats:
    """A trait of the same mean and spread with this correlation to another; the very same at 1."""
    if correlation == 1:
        return trait
    own = trait.mean() + trait.std() * normal(rng, len(trait))
    mixed = trait.mean() + correlation * (trait - trait.mean()) + np.sqrt(1 - correlation**2) * (own - trait.mean())
    out: Floats = mixed.astype(np.float32)
    return out


def _tags(people: Population) -> Floats:
    small = (people.child_age_band == code(CHILD_AGE_BANDS, "0-5")) | (
        people.child_age_band == code(CHILD_AGE_BANDS, "6-12")
    )
    sold_short = people.channel == code(CHANNELS, "short_video")
    campus = people.channel == code(CHANNELS, "campus")
    fresh = np.exp(-people.tenure / 2)
    out: Floats = (1.0 * small + 0.6 * campus - 1.0 * sold_short + 0.8 * fresh - 0.03 * (people.age - 38)).astype(
        np.float32
    )
    return out


def _traits(temper: Temperament) -> Floats:
    out: Floats = temper.trust - 0.5 * temper.engagement
    return out


def standard(values: Floats) -> Floats:
    """With a mean of 0 and a standard deviation of 1."""
    out: Floats = (values - values.mean()) / max(float(values.std()), 1e-6)
    return out


def forgotten(receptive: Floats) -> Floats:
    """What is missing from the log hazard of renewing while nobody has talked to the customer."""
    out: Floats = np.maximum(receptive, 0)
    return out
