"""The calibrator: from log-odds to probabilities that mean what they say, as a rising line of points."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

FAR = 30.0
"""Log-odds beyond every knot; the line is drawn out to here."""


@dataclass(frozen=True)
class Calibrator:
    """Points (x, y), both in log-odds, strictly rising; straight between them, flat beyond them."""

    x: tuple[float, ...]
    y: tuple[float, ...]

    def apply(self, log_odds: NDArray[Any], shift: float = 0.0) -> Floats:
        """Probabilities, in the order of the scores. shift: added to their log-odds (prior correction).

        >>> IDENTITY.apply(np.array([0.0]))
        array([0.5])
        """
        return sigmoid(np.interp(log_odds, self.x, self.y) + shift)


IDENTITY = Calibrator((-FAR, FAR), (-FAR, FAR))


def sigmoid(log_odds: NDArray[Any]) -> Floats:
    return np.asarray(1.0 / (1.0 + np.exp(-np.asarray(log_odds, np.float64))))


def logit(probability: NDArray[Any] | float) -> Floats:
    clipped = np.clip(np.asarray(probability, np.float64), 1e-9, 1 - 1e-9)
    return np.asarray(np.log(clipped / (1 - clipped)))
