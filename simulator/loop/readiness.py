"""Levels of buying and renewing, set once on the opening day so that the world's base rates come out."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from simulator.arrays import Floats
from simulator.loop.scenario import Scenario
from simulator.loop.truth import forgotten
from simulator.market import Market
from simulator.policies import inclination, ready, renewing_level


@dataclass(frozen=True)
class Levels:
    """buying: of customers without and with a policy, per day and unit of appetite. renewing: log hazard of a renewal,
    the whole window taken together, at an inclination of zero and with nothing forgotten.
    """

    buying: tuple[float, float]
    renewing: float


def levels(market: Market, receptive: Floats, scenario: Scenario) -> Levels:
    """The levels at which the declared shares buy in a month, and renew when nobody is contacted."""
    line, customer = np.nonzero(market.book.owned(market.people.existing))
    alone = inclination(market, line, customer) - forgotten(receptive)[customer]
    return Levels(ready(market).buying, renewing_level(alone, scenario.untouched))
