"""One column's drift over several windows: how far it moved, where to, and how much of the score moved with it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated

import numpy as np
import polars as pl
from typing_extensions import TypedDict

from leads.words.bilingual import Text
from serving.meaning import Means

PSI_LIMIT = 0.2
"""Population stability index above which a column has moved: the usual limit in insurance and credit."""

MOVED_LIMIT = 0.1
"""Standard deviations of the score by which a column must move its mean, in one direction, to matter."""

SPREAD_LIMIT = 0.25
"""The same of how far it moves the score of one row, whichever way."""


class ColumnDriftAnswer(TypedDict):
    column: str
    label: Text
    importance: Annotated[float, Means("its share of what all splits gained; 1 of the probability")]
    psi: Annotated[list[float], Means("by window, the oldest first, less what chance makes of so few rows")]
    moved: Annotated[
        list[float], Means("by window, how far it moves the mean score, in standard deviations of the score")
    ]
    spread: Annotated[list[float], Means("by window, how far it moves the score of a row, in the same unit")]
    missing_change: Annotated[float, Means("share of missing values now less then")]
    change: Annotated[Text, Means("where to it moved")]
    over: Annotated[bool, Means("whether the last window alone is over the limit")]
    drifted: Annotated[bool, Means("the verdict: every window is over the limit, and the score moved with it")]


@dataclass(frozen=True)
class ColumnDrift:
    """One column. psi, moved, spread: by window, the oldest first. change: where to it moved, in words."""

    column: str
    label: Text
    importance: float
    psi: tuple[float, ...]
    moved: tuple[float, ...]
    spread: tuple[float, ...]
    missing_change: float
    change: Text

    @property
    def over(self) -> bool:
        """Whether the last window alone is over the limit; chance may be behind it, or something that is of no matter
        to the score.
        """
        return self.psi[-1] > PSI_LIMIT

    @property
    def drifted(self) -> bool:
        """The verdict: every window is over the limit, and the score moved with it, each time in the same direction."""
        one_way = min(self.moved) >= MOVED_LIMIT or max(self.moved) <= -MOVED_LIMIT
        return min(self.psi) > PSI_LIMIT and (one_way or min(self.spread) >= SPREAD_LIMIT)

    def answer(self) -> ColumnDriftAnswer:
        return {
            "column": self.column,
            "label": self.label,
            "importance": round(self.importance, 4),
            "psi": [round(value, 4) for value in self.psi],
            "moved": [round(value, 4) for value in self.moved],
            "spread": [round(value, 4) for value in self.spread],
            "missing_change": round(self.missing_change, 4),
            "change": self.change,
            "over": self.over,
            "drifted": self.drifted,
        }


def change_of(reference: pl.Series, live: pl.Series, labels: dict[str, Text]) -> Text:
    """Where to a column moved, in words: the median of numbers, the two values whose shares changed most of others."""
    if reference.dtype.is_numeric():
        before, after = (_median(side) for side in (reference, live))
        arrow = "↑" if after > before else "↓" if after < before else "="
        told = f"{arrow} {_short(before)} → {_short(after)}"
        return {"zh": f"中位数 {told}", "en": f"median {told}"}
    shares = [_shares(side) for side in (reference, live)]
    names = sorted(shares[0].keys() | shares[1].keys(), key=lambda name: -abs(_gain(shares, name)))[:2]
    parts: Sequence[tuple[str, str, str]] = [
        (labels.get(name, {"zh": name, "en": name})["zh"], labels.get(name, {"zh": name, "en": name})["en"],
         f"{shares[0].get(name, 0):.0%} → {shares[1].get(name, 0):.0%}")
        for name in names
    ]  # fmt: skip
    return {
        "zh": "，".join(f"{zh} {told}" for zh, _, told in parts),
        "en": ", ".join(f"{en} {told}" for _, en, told in parts),
    }


def _gain(shares: Sequence[dict[str, float]], name: str) -> float:
    return shares[1].get(name, 0.0) - shares[0].get(name, 0.0)


def _shares(values: pl.Series) -> dict[str, float]:
    known = values.cast(pl.String).drop_nulls()
    counted = known.value_counts(normalize=True)
    return dict(counted.iter_rows())


def _median(values: pl.Series) -> float:
    known = values.cast(pl.Float64).drop_nulls().drop_nans().to_numpy()
    return float(np.median(known)) if len(known) else float("nan")


def _short(value: float) -> str:
    return "–" if np.isnan(value) else f"{value:,.4g}"
