"""What later trials show of an effect: on average, where more of it was said, and how much of what was said.

All from the scores of trials that the effect was not learned from (`contact.scores`), per unit of information: the mean
is that of those whose contact was open, and counts most those for whom it was most open (overlap weights: Li, Morgan &
Zaslavsky 2018). The slope is that of what is found on what was said (the best linear predictor: Chernozhukov, Demirer,
Duflo & Fernández-Val 2025, Econometrica 93): 1 where the effect is as said, 0 where it says nothing. Errors hold for
several trials of one customer (Liang & Zeger 1986).
"""

from __future__ import annotations

from dataclasses import dataclass
from math import erfc, sqrt

import numpy as np
from numpy.typing import NDArray

from models.calibrator import Floats
from training.contact.scores import Scores

NORMAL = 1.6448536269514722
"""Standard errors on either side of a 90% interval."""


@dataclass(frozen=True)
class Estimate:
    """A number and its standard error; infinite where nothing tells."""

    value: float
    error: float

    @property
    def interval(self) -> tuple[float, float]:
        """90%."""
        return self.value - NORMAL * self.error, self.value + NORMAL * self.error

    @property
    def chance(self) -> float:
        """How often as much would be found if the truth were zero or less.

        >>> round(Estimate(1.6448536, 1.0).chance, 4)
        0.05
        """
        return 0.5 * erfc(self.value / self.error / sqrt(2)) if self.error > 0 else float(self.value <= 0)

    def drawn(self, mean: float, spread: float) -> float:
        """What is to be believed after it, where a normal mean ± spread was before: between both, the nearer to it the
        surer it is.

        >>> round(Estimate(1.0, 1.0).drawn(0.0, 1.0), 3), Estimate(0.0, float("inf")).drawn(0.4, 1.0)
        (0.5, 0.4)
        """
        known = spread**2 / (spread**2 + self.error**2) if spread > 0 else 0.0
        return mean + known * (self.value - mean)


NOTHING = Estimate(0.0, float("inf"))


@dataclass(frozen=True)
class Later:
    """n later trials: their scores, what contact was said to add, a weight, and a number for each customer."""

    scores: Scores
    said: Floats
    weight: Floats
    customer: NDArray[np.intp]


@dataclass(frozen=True)
class Found:
    """What contact adds on average, in the half of whom more was said, in the other, by how much these differ, and how
    much of what was said beyond the average is there; effects are shares of 1. said: the average that was said. open:
    the share of the trials in which contact was open.
    """

    average: Estimate
    top: Estimate
    bottom: Estimate
    difference: Estimate
    slope: Estimate
    said: float
    open: float


def found(later: Later, seed: int) -> Found:
    """Measured; ties of what was said are broken by chance."""
    weight, information = later.weight, later.weight * later.scores.information
    top = _upper(later, np.random.default_rng(seed))
    one = np.ones(len(weight))
    said = float(information @ later.said / information.sum()) if information.any() else 0.0
    sides = {"average": one, "top": top * one, "bottom": ~top * one}
    means = {name: _mean(later, side) for name, side in sides.items()}
    (high, above), (low, below) = means["top"], means["bottom"]
    return Found(
        **{name: _estimate(value, parts, later.customer) for name, (value, parts) in means.items()},
        difference=NOTHING if above is None or below is None else _estimate(high - low, above - below, later.customer),
        slope=_slope(later, means["average"][0], said),
        said=said,
        open=float(weight @ later.scores.open / weight.sum()),
    )


def level(scores: Scores, weight: Floats, customer: NDArray[np.intp]) -> Estimate:
    """What contact adds to the log-odds of all trials."""
    known = float(weight @ scores.leverage)
    if known <= 1e-12:
        return NOTHING
    value = float(weight @ scores.gain) / known
    return _estimate(value, weight * (scores.gain - value * scores.leverage) / known, customer)


def _upper(later: Later, rng: np.random.Generator) -> NDArray[np.bool_]:
    """The half of what is told of whom more was said."""
    order = np.lexsort((rng.random(len(later.said)), -later.said))
    reached = np.cumsum((later.weight * later.scores.information)[order])
    top = np.zeros(len(order), bool)
    top[order] = reached <= reached[-1] / 2
    return top


def _mean(later: Later, side: Floats) -> tuple[float, Floats | None]:
    """The mean effect of a part, and how much each trial moves it; None where nothing tells."""
    weight, told = later.weight * side, later.scores
    known = float(weight @ told.information)
    if known <= 1e-12:
        return 0.0, None
    value = float(weight @ told.gain) / known
    return value, weight * (told.gain - value * told.information) / known


def _slope(later: Later, average: float, centre: float) -> Estimate:
    apart, told = later.said - centre, later.scores
    known = float((later.weight * told.information) @ apart**2)
    if known <= 1e-12:
        return NOTHING
    value = float((later.weight * told.gain) @ apart) / known
    rest = told.gain - told.information * (average + value * apart)
    return _estimate(value, later.weight * apart * rest / known, later.customer)


def _estimate(value: float, parts: Floats | None, customer: NDArray[np.intp]) -> Estimate:
    if parts is None:
        return NOTHING
    _, number = np.unique(customer, return_inverse=True)
    return Estimate(value, float(np.sqrt((np.bincount(number, parts) ** 2).sum())))
