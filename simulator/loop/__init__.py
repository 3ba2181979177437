"""The closed loop: an insurer lived day by day, whose customers answer what a policy does to them."""

from simulator.loop.outcome import Outcome
from simulator.loop.policy import Morning, Orders, Policy
from simulator.loop.run import Opening, live, opening
from simulator.loop.scenario import SCENARIOS, Scenario

__all__ = ["SCENARIOS", "Morning", "Opening", "Orders", "Outcome", "Policy", "Scenario", "live", "opening"]
