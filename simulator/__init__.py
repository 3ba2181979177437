"""A synthetic insurer with a hidden truth: population, needs, behaviour, policies. Imports `leads` only."""

from simulator.history import simulate
from simulator.world import DEFAULT_WORLD, World

__all__ = ["DEFAULT_WORLD", "World", "simulate"]
