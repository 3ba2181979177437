"""Population stability: how far shares over bins have moved, less what chance moves samples of this size."""

from __future__ import annotations

import numpy as np
import polars as pl

BINS = 10
"""Bins of numbers, by the reference's quantiles."""

_FEW = 0.5
"""Added to every bin's count, so that an empty one is rare and not impossible."""


def psi(reference: pl.Series, live: pl.Series) -> float:
    """The population stability index of the values that are there, less the index that two samples of these sizes of
    one population have on average, (bins - 1) (1/n + 1/m), so that few rows are no drift; never below 0. 0 where either
    side has no values.

    Numbers are cut at the reference's deciles, each of its values that holds a decile or more being a bin of its own;
    texts and booleans by value. What the reference never had is one more bin.
    """
    known, now = reference.drop_nulls(), live.drop_nulls()
    if known.dtype.is_float():
        known, now = known.drop_nans(), now.drop_nans()
    if known.is_empty() or now.is_empty():
        return 0.0
    before, after = _counted(known, now)
    expected, found = _shares(before), _shares(after)
    index = float(((found - expected) * np.log(found / expected)).sum())
    chance = (len(before) - 1) * (1 / len(known) + 1 / len(now))
    return max(0.0, index - chance)


def _shares(counts: np.ndarray) -> np.ndarray:
    return np.asarray((counts + _FEW) / (counts.sum() + _FEW * len(counts)))


def _counted(known: pl.Series, now: pl.Series) -> tuple[np.ndarray, np.ndarray]:
    """Of each bin how many of the reference and of the live values it holds."""
    if known.dtype.is_numeric():
        edges = np.unique(np.quantile(known.to_numpy(), np.linspace(0, 1, BINS + 1)[1:-1]))
        places = [np.searchsorted(edges, side.to_numpy(), side="left") for side in (known, now)]
        counts = [np.bincount(place, minlength=len(edges) + 1) for place in places]
    else:
        texts = [side.cast(pl.String) for side in (known, now)]
        values = {value: place for place, value in enumerate(texts[0].unique().sort())}
        places = [np.array([values.get(value, len(values)) for value in side], dtype=np.int64) for side in texts]
        counts = [np.bincount(place, minlength=len(values) + 1) for place in places]
    kept = (counts[0] + counts[1]) > 0
    return counts[0][kept], counts[1][kept]
