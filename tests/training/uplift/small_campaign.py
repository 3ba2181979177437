"""A small campaign whose effects are known: contact sells to one half of the customers and puts off the other."""

from __future__ import annotations

import numpy as np

from training.uplift.campaign import Campaign


def campaign(rows: int = 3_000, seed: int = 1, effect: float = 0.2, tossed: bool = True) -> Campaign:
    """The first feature is 1 where contact adds `effect` and 0 where it takes as much; the second moves success, and
    contact too where it was not tossed for.
    """
    rng = np.random.default_rng(seed)
    matrix = np.column_stack([rng.random((rows, 1)) < 0.5, rng.normal(size=(rows, 2))]).astype(np.float32)
    chance = 0.5 if tossed else 1 / (1 + np.exp(-1.5 * matrix[:, 1]))
    treated = (rng.random(rows) < chance).astype(float)
    rate = 0.4 + 0.1 * np.tanh(matrix[:, 1]) + treated * effect * (2 * matrix[:, 0] - 1)
    label = (rng.random(rows) < rate).astype(float)
    return Campaign(matrix, treated, label, np.ones(rows), np.arange(rows), [])
