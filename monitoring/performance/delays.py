"""Delays: how soon successes come, so that a cohort whose horizon is not over can be told early."""

from __future__ import annotations

from datetime import timedelta

import numpy as np
import polars as pl

LEAST_SHARE = 0.2
"""A row so young that fewer of its successes would be there by now says nothing yet."""

LEAST_SUCCESSES = 30
"""Fewer known delays say nothing of how soon successes come."""


class Delays:
    """How many of the successes within the horizon come within a time: the share of those of rows that are settled."""

    def __init__(self, took: pl.Series) -> None:
        """took: of successes whose rows' horizon is over, how long after the moment they came."""
        self._took = np.sort(took.dt.total_microseconds().to_numpy())

    @property
    def known(self) -> bool:
        return len(self._took) >= LEAST_SUCCESSES

    def share(self, ages: pl.Series) -> np.ndarray:
        """Of rows as old as this, which part of their successes is there by now: (n,)."""
        passed = ages.dt.total_microseconds().to_numpy()
        return np.searchsorted(self._took, passed, side="right") / max(len(self._took), 1)


def early_rate(rows: pl.DataFrame, delays: Delays, horizon: timedelta, rng: np.random.Generator) -> list[float] | None:
    """The rate of success of rows (`customer_id, age, succeeded`), some of which may come to succeed yet: each success
    so far stands for 1 / F(age) of them, where F is the share that comes so soon (inverse probability of censoring).
    `[value, low, high]` over customers drawn anew; None where rows are too young, or too few delays are known.
    """
    share = np.where(rows["age"].to_numpy() >= np.timedelta64(horizon), 1.0, delays.share(rows["age"]))
    told = share >= LEAST_SHARE
    if not delays.known or not told.any():
        return None
    stands_for = np.where(rows["succeeded"].to_numpy(), 1 / np.maximum(share, LEAST_SHARE), 0.0)[told]
    return mean_over_customers(stands_for, rows["customer_id"].to_numpy()[told], rng)


def mean_over_customers(values: np.ndarray, customer: np.ndarray, rng: np.random.Generator) -> list[float]:
    """The mean of values and its 95% interval, customers drawn with all their rows (Poisson bootstrap)."""
    _, place = np.unique(customer, return_inverse=True)
    sums, counts = np.bincount(place, weights=values), np.bincount(place)
    drawn = rng.poisson(1.0, (200, len(sums)))
    means = (drawn @ sums) / np.maximum(drawn @ counts, 1)
    low, high = np.quantile(means, [0.025, 0.975])
    return [float(values.mean()), float(low), float(high)]
