"""How good probabilities are: ranking, calibration and lift, with 95% bootstrap intervals."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from training.ranking import RESAMPLES, Floats, Ranked, interval

BINS = 10

PER_BIN = 100
"""Customers that a bin must have to tell how far probabilities are off."""

_RANKING = ("auc", "average_precision", "lift_at_10pct")


def metrics(
    label: NDArray[Any],
    probability: NDArray[Any],
    baseline: NDArray[Any] | None = None,
    weight: NDArray[Any] | None = None,
    seed: int = 0,
    resamples: int = RESAMPLES,
    customer: NDArray[np.intp] | None = None,
) -> dict[str, Any]:
    """The metrics of predictions on labelled rows (1 or 0, none censored).

    customer: a number for each row's, by default each its own; intervals are over customers, drawn with all their rows.
    weight: rows of the population that each row stands for, by default one. `rows` and `positives` count the
    rows given. Where the labels are of one class only, what cannot be told is null and `note` says why.
    """
    count, positives = len(label), int(label.sum())
    weights = np.ones(count) if weight is None else weight
    rng = np.random.default_rng(seed)
    result: dict[str, Any] = {"rows": count, "positives": positives}
    alone = positives in (0, count)
    if alone:
        result["note"] = _note(count, positives)
    ranked = None if alone else Ranked.of(label, probability, weights)
    for name, value, bounds in zip(_RANKING, _values(ranked), _bounds(ranked, rng, resamples, customer), strict=True):
        result |= {name: value, f"{name}_interval": bounds}
    result["brier"] = brier(label, probability, weights) if count else None
    result["ece"] = ece(label, probability, weights) if count else None
    rival = None if alone or baseline is None else Ranked.of(label, baseline, weights)
    result["baseline_auc"] = _values(rival)[0]
    result["baseline_auc_interval"] = _bounds(rival, rng, resamples, customer)[0]
    return result


def _values(ranked: Ranked | None) -> tuple[float | None, ...]:
    return (None, None, None) if ranked is None else ranked.measures()


def _bounds(
    ranked: Ranked | None, rng: np.random.Generator, resamples: int, customer: NDArray[np.intp] | None
) -> list[list[float] | None]:
    drawn = () if ranked is None else ranked.resampled(rng, resamples, customer)
    return [interval(draws) for draws in drawn] or [None] * 3


def _note(count: int, positives: int) -> str:
    if count == 0:
        return "no labelled rows: nothing to measure"
    only = "success" if positives else "failure"
    return f"every one of the {count} labels is a {only}: ranking cannot be measured"


def brier(label: NDArray[Any], probability: NDArray[Any], weight: NDArray[Any]) -> float:
    """Mean squared distance of probability and outcome."""
    return float(np.average((probability - label) ** 2, weights=weight))


def ece(label: NDArray[Any], probability: NDArray[Any], weight: NDArray[Any]) -> float:
    """Expected calibration error: mean distance of said and observed rate over ten bins of equal mass."""
    said, came, mass = reliability(label, probability, weight)
    return float(np.average(np.abs(said - came), weights=mass))


def miscalibration(
    label: NDArray[Any], probability: NDArray[Any], weight: NDArray[Any], customer: NDArray[np.intp]
) -> tuple[float, float]:
    """How far probabilities are off on average, less what chance shows; and the standard error of that.

    Two estimates of it are both rather too large: the mean over bins of how far said and observed rate lie apart holds
    what chance shows; their root mean square, from which the variance between customers is taken (Kumar, Liang & Ma
    2019, Verified Uncertainty Calibration), counts what is far off more. The smaller of the two.

    0 where chance explains all. A bin has a hundred customers or more, up to ten bins: fewer tell of chance only.
    """
    bins = max(1, min(BINS, len(np.unique(customer)) // PER_BIN))
    bin_of = binned(probability, weight, bins)
    mass = np.bincount(bin_of, weights=weight)
    rest = weight * (label - probability)
    off = np.bincount(bin_of, weights=rest) / mass
    people = int(customer.max()) + 1
    cells, place = np.unique(bin_of * people + customer, return_inverse=True)
    apart = np.bincount(place, weights=rest - weight * off[bin_of])
    variance = np.bincount(cells // people, weights=apart**2) / mass**2
    square = float(max(np.average(off**2 - variance, weights=mass), 0.0) ** 0.5)
    error = float(((mass / mass.sum()) ** 2 @ variance) ** 0.5)
    return min(square, float(np.average(np.abs(off), weights=mass))), error


def reliability(
    label: NDArray[Any], probability: NDArray[Any], weight: NDArray[Any], bins: int = BINS
) -> tuple[Floats, Floats, Floats]:
    """Per bin of equal mass: mean probability, observed rate, mass. Equal probabilities share a bin."""
    bin_of = binned(probability, weight, bins)
    mass: Floats = np.bincount(bin_of, weights=weight).astype(np.float64)
    held = mass > 0
    said = np.bincount(bin_of, weights=weight * probability)[held] / mass[held]
    came = np.bincount(bin_of, weights=weight * label)[held] / mass[held]
    return said, came, mass[held]


def binned(probability: NDArray[Any], weight: NDArray[Any], bins: int) -> NDArray[np.intp]:
    """(n,) the bin of each row among bins of equal mass, from 0 without gaps; equal probabilities share one."""
    order = np.argsort(probability, kind="stable")
    reached = np.cumsum(weight[order]) / weight.sum()
    places = np.searchsorted(reached, np.arange(1, bins) / bins - 1e-12)
    cuts = np.unique(probability[order][np.minimum(places, len(order) - 1)])
    return np.unique(np.searchsorted(cuts, probability, side="left"), return_inverse=True)[1]
