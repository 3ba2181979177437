"""Leaks: features that know the outcome, because they were written down after it.

A model that learns from one looks nearly perfect and helps nobody: when it is asked, the feature is empty still. Two
signs give them away: a feature that alone ranks successes above failures almost without fault, and one that is filled,
or empty, for one outcome only.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase

import numpy as np
import polars as pl
from numpy.typing import NDArray

from leads.configuration.objective import Objective
from leads.errors import InvalidInput
from training.data.splits import shares
from training.ranking import auc

ALONE, ALONE_TAG = 0.95, 0.90
"""AUC of a single feature from which on it is suspected; of a tag less, which is written by hand and has no history."""

TOO_GOOD = 0.97
"""AUC of a model from which on its features are suspected, though none alone gives itself away."""

_SELDOM = 0.01
"""Of the cases of an outcome to expect among rows where a feature is filled (or empty), the share up to which it counts
as never there."""

_COMMON = 0.8
"""Share of an outcome among all rows above which the lack of the other is no wonder, but for tags: who never asked for
a quote never buys, and that is no leak."""

_LEAST = 20
"""Cases of either outcome, or expected ones of the outcome that never occurs, that it takes to tell."""

_BINS = 32


@dataclass(frozen=True)
class Leak:
    """A feature that seems to know the outcome, and what gives it away."""

    feature: str
    sign: str

    def __str__(self) -> str:
        return f"{self.feature} {self.sign}"


def leaks(
    rows: pl.DataFrame, names: Sequence[str], tags: Collection[str], customers: pl.Series, label: NDArray[np.float64]
) -> list[Leak]:
    """The suspected features among those named. tags: which of them are tags. label: 1 or 0 of each row.

    None where there are too few of either outcome to tell.
    """
    positives = int(label.sum())
    if min(positives, len(label) - positives) < _LEAST:
        return []
    half = shares(customers, "leaks") < 0.5
    found = []
    for name in names:
        alone, common = (ALONE_TAG, 1.0) if name in tags else (ALONE, _COMMON)
        sign = _alone(rows[name], half, label, alone) or _filled(rows[name].is_not_null().to_numpy(), label, common)
        if sign is not None:
            found.append(Leak(name, sign))
    return found


def refuse(objective: Objective, found: Sequence[Leak], allow: bool) -> list[Leak]:
    """The leaks that were allowed. Raises InvalidInput naming those that were not."""
    refused = [
        leak for leak in found if not allow and not any(fnmatchcase(leak.feature, p) for p in objective.allow_leaks)
    ]
    if refused:
        names = ", ".join(leak.feature for leak in refused)
        raise InvalidInput(
            f"objectives.{objective.name}",
            names,
            "features that are known when the prediction is made, and these seem to know the outcome: "
            + "; ".join(map(str, refused))
            + f". Leave them out (`exclude: [{names}]`); where they really are known by then, go on with "
            f"`allow_leaks: [{names}]` in workspace.yaml, or with --allow-leaks",
        )
    return list(found)


def _alone(values: pl.Series, half: NDArray[np.bool_], label: NDArray[np.float64], bound: float) -> str | None:
    """Whether the feature alone tells nearly all: each half of the customers ranked by the rates of the other."""
    groups = _groups(values)
    rate = np.empty(len(label))
    for inside in (half, ~half):
        others = pl.DataFrame({"group": groups.filter(~inside), "label": label[~inside]})
        rates = others.group_by("group").agg(pl.col("label").mean())
        mine = pl.DataFrame({"group": groups.filter(inside)})
        told = mine.join(rates, on="group", how="left", nulls_equal=True, maintain_order="left")["label"]
        rate[inside] = told.fill_null(float(label.mean())).to_numpy()
    least = min(auc(label[inside], rate[inside]) for inside in (half, ~half))
    return f"tells the outcome alone (AUC {least:.3f})" if least >= bound else None


def _groups(values: pl.Series) -> pl.Series:
    """Values that are taken for the same: neighbours of a number, each value of anything else; null is its own."""
    if not values.dtype.is_numeric():
        return values
    known = values.drop_nulls().cast(pl.Float64)
    cuts = np.unique(np.quantile(known.to_numpy(), np.linspace(0, 1, _BINS))) if len(known) else np.zeros(0)
    numbers = values.cast(pl.Float64).fill_null(0.0).to_numpy()
    places = pl.Series(np.searchsorted(cuts, numbers) + np.searchsorted(cuts, numbers, "right"), dtype=pl.Int64)
    return pl.select(pl.when(pl.lit(values).is_not_null()).then(pl.lit(places))).to_series()


def _filled(filled: NDArray[np.bool_], label: NDArray[np.float64], bound: float) -> str | None:
    """Whether it is filled, or empty, for one outcome only. bound: of that outcome's share among all rows."""
    for inside, what in ((filled, "filled"), (~filled, "empty")):
        rows = int(inside.sum())
        for outcome, word in ((1.0, "successes"), (0.0, "failures")):
            common, others = float((label == outcome).mean()), int((label[inside] != outcome).sum())
            expected = rows * (1 - common)
            if rows < len(label) and common <= bound and expected >= _LEAST and others <= _SELDOM * expected:
                return f"is {what} for {word} only ({rows:,} rows, where {expected:,.0f} others were to be expected)"
    return None
