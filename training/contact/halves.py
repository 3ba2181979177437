"""Later trials in two halves: those whom contact is said to move more, and the others; did it?

In each half the effect is the slope of the success on the treatment, both less what the features let expect of them
(Robinson 1988), so that it is fair where the features decided who was contacted. The interval is a bootstrap's over
customers.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from training.calibration import Floats
from training.contact.uplift import squared

DRAWS = 1_000
LEVEL = 0.9

_SUMS = 5


@dataclass(frozen=True)
class Later:
    """n later trials. label: 1 or 0. treated: 1 or 0, or the share that counts as treated. expected, chance: of success
    and of treatment, by models that have not seen them. effect: what the treatment is said to add. customer: a number
    each, the same for rows of one.
    """

    label: Floats
    treated: Floats
    expected: Floats
    chance: Floats
    effect: Floats
    weight: Floats
    customer: NDArray[np.intp]


@dataclass(frozen=True)
class Halves:
    """Effects found in the half with the higher and the lower effect said, and in all; each a share of the rows.
    interval: of the difference of the halves, 90%.
    """

    top: float
    bottom: float
    everyone: float
    interval: tuple[float, float]

    @property
    def difference(self) -> float:
        return self.top - self.bottom

    @property
    def proven(self) -> bool:
        """Whether the difference is no chance."""
        return self.interval[0] > 0


def halves(later: Later, seed: int) -> Halves:
    """Measured; ties of the effect said are broken by chance."""
    rng = np.random.default_rng(seed)
    order = np.lexsort((rng.random(len(later.label)), -later.effect))
    reached = np.cumsum(later.weight[order])
    top = np.zeros(len(order), bool)
    top[order] = reached <= reached[-1] / 2
    sums = _sums(later)
    people, number = np.unique(later.customer, return_inverse=True)
    by_customer = np.zeros((len(people), 2 * _SUMS))
    for side, rows in enumerate((top, ~top)):
        np.add.at(by_customer[:, side * _SUMS : (side + 1) * _SUMS], number[rows], sums[rows])
    drawn = np.array([rng.poisson(1.0, len(people)) @ by_customer for _ in range(DRAWS)])
    gain = _slope(drawn[:, :_SUMS]) - _slope(drawn[:, _SUMS:])
    tail = (1 - LEVEL) / 2
    low, high = np.quantile(gain, [tail, 1 - tail])
    whole = by_customer.sum(axis=0)
    first, second = (float(_slope(whole[None, part])[0]) for part in (slice(_SUMS), slice(_SUMS, None)))
    everyone = float(_slope((whole[:_SUMS] + whole[_SUMS:])[None])[0])
    return Halves(first, second, everyone, (float(low), float(high)))


def _sums(later: Later) -> Floats:
    """(n, 5): what a weighted slope with a constant is made of."""
    success, given = later.label - later.expected, later.treated - later.chance
    square = squared(later.treated, later.chance)
    parts = (np.ones_like(success), given, success, square, given * success)
    return np.column_stack([later.weight * part for part in parts])


def _slope(sums: Floats) -> Floats:
    """(k,) of (k, 5) sums; 0 where nothing varies."""
    weight, given, success, squares, product = sums.T
    weight = np.maximum(weight, 1e-12)
    variance = squares - given**2 / weight
    found: Floats = np.where(variance > 1e-12, (product - given * success / weight) / np.maximum(variance, 1e-12), 0.0)
    return found
