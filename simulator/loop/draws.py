"""Common random numbers: what chance holds for a customer on a day, whatever is done to them."""

from __future__ import annotations

from dataclasses import dataclass
from zlib import crc32

import numpy as np

from simulator.arrays import Flags, Floats, Ints
from simulator.clock import DAYTIME, Step


@dataclass(frozen=True)
class Draws:
    """Draws for `size` customers. Each depends on seed, purpose, day and customer alone, never on how many others
    were drawn before: two policies that meet the same customer on the same day meet the same chance
    (Law & Kelton, Simulation Modeling and Analysis, ch. 11).
    """

    seed: int
    size: int

    def generator(self, purpose: str, day: int = 0) -> np.random.Generator:
        """A generator of its own; what is taken from it must have a shape that no policy can change."""
        return np.random.default_rng([self.seed, crc32(purpose.encode()), day])

    def uniform(self, purpose: str, day: int, *rows: int) -> Floats:
        """Uniform on [0, 1); shape (*rows, size)."""
        return self.generator(purpose, day).random((*rows, self.size), np.float32)

    def happens(self, purpose: str, day: int, chance: Floats) -> Flags:
        """A coin per customer for the first customers that `chance` is given for; shape of `chance`."""
        drawn = self.uniform(purpose, day, *chance.shape[:-1])
        flags: Flags = drawn[..., : chance.shape[-1]] < chance
        return flags

    def exponential(self, purpose: str, *rows: int) -> Floats:
        """Standard exponential; shape (*rows, size)."""
        return self.generator(purpose).standard_exponential((*rows, self.size), np.float32)

    def times(self, purpose: str, step: Step, hours: tuple[int, ...] = DAYTIME) -> Ints:
        """A moment of the day per customer; shape (size,)."""
        return step.times(self.generator(purpose, step.number), self.size, hours)
