"""Proof of calibration: which rows the shipped calibrator is fitted on, and on which others it is judged."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

import numpy as np
import polars as pl
from numpy.typing import NDArray

from leads.configuration.objective import Objective
from training.data.splits import Part, Rows, middle, numbered, shares

ENOUGH = 100
"""Cases of the rarer class that half of the held-out rows must have to fit a calibrator."""

FOLDS = 5


@dataclass(frozen=True)
class Proof:
    """Masks over the rows of a data set: those the calibrator that ships is `fitted` on, and those it is `judged` on.

    No customer is in both: of those with rows on both sides half stay on either, and stand for the others by a factor
    of 2, as who is still there later is not like who is not. fitted: rows that were held out, or validation rows of the
    last part. judged: rows that were held out, and in a split by time began after the embargo of those fitted. fold:
    (n,) of each row, by its customer, to predict validation rows by models that do not know the customer.
    """

    fitted: Rows
    judged: Rows
    factor: NDArray[np.float64]
    fold: NDArray[np.intp]


def proof(objective: Objective, keys: pl.DataFrame, parts: Sequence[Part]) -> Proof:
    """Of a data set's keys (`customer_id, at, label`): the earlier half of what was held out and the later one, or,
    where chance divided, half of the customers and the others. Where the first half is too small, the validation rows
    of the last part take its place, and what that part held out is judged.
    """
    held = np.any([part.holdout for part in parts], axis=0)
    half = shares(keys["customer_id"], "calibration") < 0.5
    first, later = _by_time(objective, keys, held) if objective.split.by == "time" else (held & half, held & ~half)
    label = keys["label"].cast(pl.Float64).to_numpy()
    if rarer(label[first]) < ENOUGH and not _crossed(objective):
        first, later = parts[-1].validation, parts[-1].holdout
    customer = numbered(keys["customer_id"])
    both = np.isin(customer, customer[first]) & np.isin(customer, customer[later])
    fold = np.floor(shares(keys["customer_id"], "crossed") * FOLDS).astype(np.intp)
    return Proof(first & (half | ~both), later & (~half | ~both), np.where(both, 2.0, 1.0), fold)


def rarer(label: NDArray[np.float64]) -> int:
    """Cases of the rarer class."""
    return int(min(label.sum(), len(label) - label.sum()))


def _crossed(objective: Objective) -> bool:
    """Whether every row is held out once, so that validation rows are none but held-out ones."""
    return objective.split.by == "folds"


def _by_time(objective: Objective, keys: pl.DataFrame, held: Rows) -> tuple[Rows, Rows]:
    times = keys["at"].to_physical().to_numpy()
    later = held & (times >= middle(times[held]))
    gap = objective.split.embargo // timedelta(microseconds=1)
    return held & ~later & (times + gap <= times[later].min()), later
