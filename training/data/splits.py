"""Splits: which rows a model learns from, which tune it, and which it must not see before it is judged."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from datetime import timedelta
from itertools import pairwise

import numpy as np
import polars as pl
from numpy.typing import NDArray

from leads.configuration.objective import Objective, Split
from leads.errors import InvalidInput
from training.data.censoring import factors

Rows = NDArray[np.bool_]


@dataclass(frozen=True)
class Part:
    """Masks over the rows of a data set; a row in none of them lies in the embargo, or its episode in the holdout.

    No episode is in two of train, validation and holdout. between: rows that were known before the holdout begins and
    lie between train and validation; the model that is judged learns from them. early: rows of the embargo that were
    settled before the holdout begins, where the objective has `ends`: that model learns from them too. factor: what
    each row that it learns from stands for by then (see `data.censoring`). Early rows tune nothing: the slow ones of
    their time are not among them, whatever their weight.
    """

    train: Rows
    validation: Rows
    holdout: Rows
    early: Rows | None = None
    factor: NDArray[np.float64] | None = None
    between: Rows | None = None

    @property
    def tuned(self) -> Rows:
        """The rows that were known long enough before the holdout to tune by."""
        known = self.train | self.validation
        return known if self.between is None else known | self.between

    @property
    def known(self) -> Rows:
        """All that the model may learn from that is judged on the holdout."""
        return self.tuned if self.early is None else self.tuned | self.early


def split(
    objective: Objective, rows: pl.DataFrame, over: pl.Series | None = None, episode: NDArray[np.intp] | None = None
) -> tuple[Part, ...]:
    """The parts of a data set (`customer_id`, `at`, labelled rows only; with `ends` also `settled` and `weight`).

    over: whether the horizon of each row is over, by default of all; rows that settled before theirs are in no part.
    episode: a number for the episode of each row (`data.episodes`), by default each its own.

    One part for a split by customer; one per block, earliest first, for a split by time; one per fold for
    `folds`, whose holdouts together are all rows. Raises InvalidInput when a part would be empty.
    """
    how = objective.split
    parts: tuple[Part, ...]
    if how.by == "time":
        parts = _by_time(objective, rows, over, np.arange(len(rows)) if episode is None else episode)
    elif how.by == "customer":
        place = shares(rows["customer_id"], "customer")
        holdout = place < how.holdout
        validation = ~holdout & (place < how.holdout + how.validation)
        parts = (Part(~holdout & ~validation, validation, holdout),)
    else:
        fold = np.floor(shares(rows["customer_id"], "fold") * how.folds).astype(int)
        parts = tuple(_fold(fold, number, how, rows["customer_id"]) for number in range(how.folds))
    for part in parts:
        for name in ("train", "validation", "holdout"):
            if not getattr(part, name).any():
                raise _empty(objective, name, rows if over is None else rows.filter(over))
    return parts


def _by_time(
    objective: Objective, rows: pl.DataFrame, over: pl.Series | None, episode: NDArray[np.intp]
) -> tuple[Part, ...]:
    """The latest rows in consecutive blocks, each a holdout with all that was known before it.

    A block is split as if the record ended with it: train | embargo | validation | embargo | holdout.
    """
    how = objective.split
    times = rows["at"].to_physical().to_numpy()
    ordered = np.sort(times if over is None else times[over.to_numpy()])
    bounds = [1 - how.holdout * (1 - block / how.folds) for block in range(how.folds + 1)]
    begins = [_boundary(ordered, share) for share in bounds[:-1]]
    ends = [*begins[1:], int(ordered[-1]) + 1]
    shares_known = [how.validation * end / begin for begin, end in pairwise(bounds)]
    ordering = _Ordering(times, rows["customer_id"], episode, how.embargo // timedelta(microseconds=1))
    blocks = (ordering.block(*part) for part in zip(begins, ends, shares_known, strict=True))
    if not objective.ends:
        return tuple(blocks)
    return tuple(
        _with_early(block, begin, how.embargo, rows, episode) for block, begin in zip(blocks, begins, strict=True)
    )


@dataclass(frozen=True)
class _Ordering:
    """Rows in time. gap: the embargo, in the unit of the times."""

    times: NDArray[np.int64]
    customers: pl.Series
    episode: NDArray[np.intp]
    gap: int

    def block(self, begin: int, end: int, validation: float) -> Part:
        """Rows in [begin, end) held out; of those known before, this share validates: the latest, or, where the gap
        before them would take half of the rows, some of the customers.
        """
        holdout = (self.times >= begin) & (self.times < end)
        known = self._apart(self._before(begin), holdout)
        check = self._check(known, validation)
        validates = known & (self.times >= check)
        train = self._apart(known & self._before(check), validates)
        if 2 * int((train | validates).sum()) < int(known.sum()):
            validates = known & (shares(self.customers, "validation") < validation)
            train = known & ~validates
        return Part(train, validates, holdout, between=known & ~train & ~validates)

    def _before(self, time: int) -> Rows:
        """Rows whose embargo has ended by that time, from when on others begin to be told: no label lies in both."""
        return self.times + self.gap <= time if self.gap else self.times < time

    def _apart(self, rows: Rows, later: Rows) -> Rows:
        """Those of the rows that share no episode with later ones."""
        return rows & ~np.isin(self.episode, self.episode[later])

    def _check(self, known: Rows, share: float) -> int:
        """When validation begins, so that of the rows in train and validation that share validates."""
        ordered = np.sort(self.times[known])
        starts = np.unique(ordered)
        if len(starts) < 2:
            return int(starts[0]) if len(starts) else 0
        validates = len(ordered) - np.searchsorted(ordered, starts)
        trains = np.searchsorted(ordered, starts - self.gap)
        return int(starts[np.argmin(np.abs(validates - share * (validates + trains)))])


def _with_early(block: Part, begin: int, embargo: timedelta, rows: pl.DataFrame, episode: NDArray[np.intp]) -> Part:
    """The block with what had settled before it begins. What lies before the embargo counts as settled."""
    at, settled = (rows[name].to_physical().to_numpy() for name in ("at", "settled"))
    took = np.minimum(settled - at, embargo // timedelta(microseconds=1))
    before = at < begin
    factor = factors(took, begin - at, begin - at[before], rows["weight"].to_numpy()[before])
    apart = ~np.isin(episode, episode[block.holdout])
    return replace(block, early=before & (factor > 0) & ~block.tuned & apart, factor=factor)


def _boundary(ordered: NDArray[np.int64], share: float) -> int:
    """The distinct time nearest to that share of the rows; not the first, so that some lie before it."""
    place = min(round(len(ordered) * max(share, 0.0)), len(ordered) - 1)
    low = int(ordered[place])
    starts = int(np.searchsorted(ordered, low))
    ends = int(np.searchsorted(ordered, low, side="right"))
    if ends < len(ordered) and (starts == 0 or ends - place < place - starts):
        return int(ordered[ends])
    return low


def middle(times: NDArray[np.int64]) -> int:
    """The time at which their later half begins."""
    return _boundary(np.sort(times), 0.5)


def _fold(fold: NDArray[np.int64], number: int, how: Split, customers: pl.Series) -> Part:
    """Of more than two folds the next one validates, of two some of the customers of the other."""
    holdout = fold == number
    next_one = fold == (number + 1) % how.folds
    validation = next_one if how.folds > 2 else next_one & (shares(customers, "validation") < how.validation)
    return Part(~holdout & ~validation, validation, holdout)


def shares(customers: pl.Series, salt: str) -> NDArray[np.float64]:
    """A fixed place in [0, 1) for each customer, by hash: the same in every run and on every machine."""
    distinct = customers.unique()
    names: list[str] = distinct.to_list()
    digests = (hashlib.blake2b(f"{salt}:{name}".encode(), digest_size=8).digest() for name in names)
    places = [int.from_bytes(digest, "big") / 2**64 for digest in digests]
    return customers.replace_strict(distinct, pl.Series(places), return_dtype=pl.Float64).to_numpy()


def numbered(customers: pl.Series) -> NDArray[np.intp]:
    """(n,) a number for each row's customer, from 0."""
    numbers: NDArray[np.intp] = customers.rank("dense").to_numpy().astype(np.intp)
    return numbers - 1


def _empty(objective: Objective, name: str, rows: pl.DataFrame) -> InvalidInput:
    first, last = rows["at"].min(), rows["at"].max()
    how = objective.split
    return InvalidInput(
        f"objectives.{objective.name}.split",
        {"by": how.by, "holdout": how.holdout, "validation": how.validation, "folds": how.folds,
         "embargo": str(how.embargo), "episode": how.episode},
        f"a split that leaves rows for {name}: {len(rows)} labelled rows from {first!s} to {last!s}; "
        "none of the same episode on two sides; shorten the embargo, take fewer folds or shorter episodes, or split by "
        "customer or folds",
    )  # fmt: skip
