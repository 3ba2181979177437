"""Censoring: what a row that settled in time stands for, so that those which take longer are not missed."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from models.calibrator import Floats

MOST = 10.0
"""The largest factor: rows that stand for more are too few to speak for the others."""


def factors(
    took: NDArray[np.int64], age: NDArray[np.int64], ages: NDArray[np.int64], weights: Floats | None = None
) -> Floats:
    """How many rows each row stands for, as old as it is: 0 while it is not settled.

    took, age: of each row, how long it takes to settle and how long ago its moment was, in one unit. ages: of all
    rows, settled or not, each of which stands for so many `weights`, by default one.

    A row that settles after `took` is seen so by all but the younger ones, so it stands for 1 / G(took), where G(t) is
    the share of all rows that are at least t old: inverse probability of censoring weighting (Robins & Rotnitzky
    1992; for classifiers Vock et al., J. Biomed. Inform. 61, 2016). All censoring is administrative, so that every
    row's censoring time is known, and G is their empirical distribution in place of the Kaplan-Meier estimate. It is
    right as long as rows of all ages settle alike. Factors are capped at `MOST`.

    >>> factors(np.array([1, 3, 3]), np.array([4, 4, 2]), np.array([1, 2, 3, 4]))
    array([1., 2., 0.])
    """
    order = np.argsort(ages)
    mass = np.ones(len(ages)) if weights is None else np.asarray(weights, np.float64)
    younger = np.concatenate([[0.0], np.cumsum(mass[order])])[np.searchsorted(ages[order], took)]
    reached = 1 - younger / max(float(mass.sum()), 1e-12)
    return np.where(took <= age, 1 / np.maximum(reached, 1 / MOST), 0.0)
