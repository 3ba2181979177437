"""The closed loop: an insurer lived day by day, whose customers answer what a policy does to them."""

from simulator.loop.outcome import Outcome
from simulator.loop.policy import Morning, Orders, Policy
from simulator.loop.run import HISTORIES, Opening, beginning, live, opening, year
from simulator.loop.scenario import SCENARIOS, Scenario

__all__ = [
    "HISTORIES", "SCENARIOS", "Morning", "Opening", "Orders", "Outcome", "Policy", "Scenario", "beginning", "live",
    "opening", "year",
]  # fmt: skip
