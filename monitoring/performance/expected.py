"""What ranking and rate are to be expected of calibrated probabilities before labels are there.

Confidence-based performance estimation (Guttmann & Weinzierl 2023; as in NannyML): a row of probability p is a success
with chance p and none with chance 1 - p, so that every measure of the confusion of rows has an expectation. It holds as
far as the probabilities are calibrated, which is told beside it once labels are there.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from models.calibrator import Floats
from training.ranking import measured

_DRAWS = 100


@dataclass(frozen=True)
class Expected:
    """An estimate, and where 95% of what would come true lies if the probabilities are right."""

    value: float
    low: float
    high: float


def expected_rate(probability: Floats, rng: np.random.Generator) -> Expected:
    """The share of successes."""
    drawn = _drawn(probability, rng).mean(axis=1)
    return _of(float(probability.mean()), drawn)


def expected_auc(probability: Floats, rng: np.random.Generator) -> Expected | None:
    """The chance that a success is ranked before a failure; None where all rows have one probability of 0 or 1."""
    value = auc_of(probability)
    return None if value is None else _of(value, _measures(probability, rng)[0])


def expected_precision(probability: Floats, rng: np.random.Generator) -> Expected | None:
    """Average precision."""
    drawn = _measures(probability, rng)[1]
    return _of(float(np.mean(drawn)), drawn) if len(drawn) else None


def auc_of(probability: Floats) -> float | None:
    """The expected AUC: over pairs, each weighted by the chance that the one succeeds and the other does not."""
    values, place = np.unique(probability, return_inverse=True)
    successes = np.bincount(place, weights=probability)
    failures = np.bincount(place, weights=1 - probability)
    pairs = successes.sum() * failures.sum() - float((probability * (1 - probability)).sum())
    if pairs <= 0:
        return None
    below = np.concatenate([[0.0], np.cumsum(failures)[:-1]])
    # A row is no pair with itself.
    tied = successes * failures - np.bincount(place, weights=probability * (1 - probability))
    return float((successes * below + tied / 2).sum() / pairs) if len(values) else None


def _measures(probability: Floats, rng: np.random.Generator) -> tuple[Floats, Floats]:
    """AUC and average precision of labels drawn by the probabilities, where both classes occur."""
    group = np.unique(-probability, return_inverse=True)[1]
    groups = int(group.max()) + 1
    every = np.bincount(group, minlength=groups).astype(np.float64)
    hits = np.array([np.bincount(group[label], minlength=groups) for label in _drawn(probability, rng)], np.float64)
    auc, precision, _ = measured(hits, every - hits)
    known = ~np.isnan(auc)
    return auc[known], precision[known]


def _drawn(probability: Floats, rng: np.random.Generator) -> np.ndarray:
    """(draws, n) labels."""
    return rng.random((_DRAWS, len(probability))) < probability


def _of(value: float, drawn: np.ndarray) -> Expected:
    if len(drawn) == 0:
        return Expected(value, value, value)
    low, high = np.quantile(drawn, [0.025, 0.975])
    return Expected(value, float(low), float(high))
