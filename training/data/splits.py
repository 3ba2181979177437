"""Splits: which rows a model learns from, which tune it, and which it must not see before it is judged."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from datetime import timedelta
from itertools import pairwise

import numpy as np
import polars as pl
from numpy.typing import NDArray

from leads.errors import InvalidInput
from leads.objective import Objective
from training.data.censoring import factors

Rows = NDArray[np.bool_]


@dataclass(frozen=True)
class Part:
    """Masks over the rows of a data set; a row in none of them lies in the embargo.

    early: rows of the embargo that were settled before the holdout begins, where the objective has `ends`: the model
    that is judged learns from them too. factor: what each row that it learns from stands for by then (see
    `data.censoring`). They tune nothing: the slow ones of their time are not among them, whatever their weight.
    """

    train: Rows
    validation: Rows
    holdout: Rows
    early: Rows | None = None
    factor: NDArray[np.float64] | None = None


def split(objective: Objective, rows: pl.DataFrame, over: pl.Series | None = None) -> tuple[Part, ...]:
    """The parts of a data set (`customer_id`, `at`, labelled rows only; with `ends` also `settled` and `weight`).

    over: whether the horizon of each row is over, by default of all; rows that settled before theirs are in no part.

    One part for a split by customer; one per block, earliest first, for a split by time; one per fold for
    `folds`, whose holdouts together are all rows. Raises InvalidInput when a part would be empty.
    """
    how = objective.split
    parts: tuple[Part, ...]
    if how.by == "time":
        parts = _by_time(objective, rows, over)
    elif how.by == "customer":
        place = shares(rows["customer_id"], "customer")
        holdout = place < how.holdout
        validation = ~holdout & (place < how.holdout + how.validation)
        parts = (Part(~holdout & ~validation, validation, holdout),)
    else:
        fold = np.floor(shares(rows["customer_id"], "fold") * how.folds).astype(int)
        parts = tuple(_fold(fold, number, how.folds) for number in range(how.folds))
    for part in parts:
        for name in ("train", "validation", "holdout"):
            if not getattr(part, name).any():
                raise _empty(objective, name, rows if over is None else rows.filter(over))
    return parts


def _by_time(objective: Objective, rows: pl.DataFrame, over: pl.Series | None) -> tuple[Part, ...]:
    """The latest rows in consecutive blocks, each a holdout with all that was known before it.

    A block is split as if the record ended with it: train | validation | embargo | holdout.
    """
    how = objective.split
    times = rows["at"].to_physical().to_numpy()
    ordered = np.sort(times if over is None else times[over.to_numpy()])
    bounds = [1 - how.holdout * (1 - block / how.folds) for block in range(how.folds + 1)]
    begins = [_boundary(ordered, share) for share in bounds[:-1]]
    ends = [*begins[1:], int(ordered[-1]) + 1]
    shares_known = [how.validation * end / begin for begin, end in pairwise(bounds)]
    blocks = (
        _block(times, begin, end, how.embargo, share)
        for begin, end, share in zip(begins, ends, shares_known, strict=True)
    )
    if not objective.ends:
        return tuple(blocks)
    return tuple(_with_early(block, begin, how.embargo, rows) for block, begin in zip(blocks, begins, strict=True))


def _block(times: NDArray[np.int64], begin: int, end: int, embargo: timedelta, validation: float) -> Part:
    """Rows in [begin, end) held out; the latest of those known before validate, by this share of them."""
    gap = embargo // timedelta(microseconds=1)
    before = times + gap < begin if gap else times < begin
    known = np.sort(times[before])
    check = _boundary(known, 1 - validation) if len(known) else begin
    return Part(before & (times < check), before & (times >= check), (times >= begin) & (times < end))


def _with_early(block: Part, begin: int, embargo: timedelta, rows: pl.DataFrame) -> Part:
    """The block with what had settled before it begins. What lies before the embargo counts as settled."""
    at, settled = (rows[name].to_physical().to_numpy() for name in ("at", "settled"))
    took = np.minimum(settled - at, embargo // timedelta(microseconds=1))
    before = at < begin
    factor = factors(took, begin - at, begin - at[before], rows["weight"].to_numpy()[before])
    known = block.train | block.validation
    return replace(block, early=before & (factor > 0) & ~known, factor=factor)


def _boundary(ordered: NDArray[np.int64], share: float) -> int:
    """The distinct time nearest to that share of the rows; not the first, so that some lie before it."""
    place = min(round(len(ordered) * max(share, 0.0)), len(ordered) - 1)
    low = int(ordered[place])
    starts = int(np.searchsorted(ordered, low))
    ends = int(np.searchsorted(ordered, low, side="right"))
    if ends < len(ordered) and (starts == 0 or ends - place < place - starts):
        return int(ordered[ends])
    return low


def _fold(fold: NDArray[np.int64], number: int, folds: int) -> Part:
    holdout, validation = fold == number, fold == (number + 1) % folds
    return Part(~holdout & ~validation if folds > 2 else validation, validation, holdout)


def shares(customers: pl.Series, salt: str) -> NDArray[np.float64]:
    """A fixed place in [0, 1) for each customer, by hash: the same in every run and on every machine."""
    distinct = customers.unique()
    names: list[str] = distinct.to_list()
    digests = (hashlib.blake2b(f"{salt}:{name}".encode(), digest_size=8).digest() for name in names)
    places = [int.from_bytes(digest, "big") / 2**64 for digest in digests]
    return customers.replace_strict(distinct, pl.Series(places), return_dtype=pl.Float64).to_numpy()


def _empty(objective: Objective, name: str, rows: pl.DataFrame) -> InvalidInput:
    first, last = rows["at"].min(), rows["at"].max()
    how = objective.split
    return InvalidInput(
        f"objectives.{objective.name}.split",
        {"by": how.by, "holdout": how.holdout, "validation": how.validation, "folds": how.folds,
         "embargo": str(how.embargo)},
        f"a split that leaves rows for {name}: {len(rows)} labelled rows from {first!s} to {last!s}; "
        "shorten the embargo, take fewer folds, or split by customer or folds",
    )  # fmt: skip
