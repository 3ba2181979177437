"""People whose answer to each action is known: the truth that estimates from a log are checked against."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class People:
    """n people. age: (n,), visible. score: (n,) what a model believes of them, blind to what is done.
    chance: (n, A) with which each action really succeeds; it depends on a need that nobody sees.
    """

    age: np.ndarray
    score: np.ndarray
    chance: np.ndarray

    def answer(self, action: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        """(n,) whether the action taken with each succeeds: 1 or 0."""
        taken = self.chance[np.arange(len(action)), action]
        return np.asarray(rng.random(len(action)) < taken, dtype=np.float64)


def people(count: int, liking: Sequence[float], pull: Sequence[float], rng: np.random.Generator) -> People:
    """By action, on the log-odds scale: liking, how it does with everyone; pull, with the young rather than the old."""
    age = rng.uniform(20, 70, count)
    need = rng.normal(0, 0.6, count)
    young = (45 - age) / 25
    log_odds = -1.6 + np.asarray(liking) + need[:, None] + young[:, None] * np.asarray(pull)
    score = 1 / (1 + np.exp(1.5 - 0.3 * young))
    return People(age, score, 1 / (1 + np.exp(-log_odds)))
