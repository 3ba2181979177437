"""Array types, and the few draws from them that every behaviour is made of."""

from __future__ import annotations

from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

Floats: TypeAlias = NDArray[np.float32]
Ints: TypeAlias = NDArray[np.int32]
Codes: TypeAlias = NDArray[np.int8]
Flags: TypeAlias = NDArray[np.bool_]
Array: TypeAlias = NDArray[Any]


def happens(rng: np.random.Generator, chance: Floats) -> Flags:
    """One coin per element, each with its own chance."""
    return rng.random(chance.shape, np.float32) < chance


def where(rng: np.random.Generator, chance: Floats) -> Ints:
    """The positions in a flat array at which a coin with that chance falls on heads."""
    return np.flatnonzero(happens(rng, chance)).astype(np.int32)


def repeats(rng: np.random.Generator, mean: Floats) -> Ints:
    """Positions, each repeated a Poisson number of times with that mean."""
    return np.repeat(np.arange(mean.size, dtype=np.int32), rng.poisson(mean))


def choose(rng: np.random.Generator, weights: Floats) -> Codes:
    """One row per column, with the column's weights; shape (rows, columns) to (columns,)."""
    cumulative = np.cumsum(weights, axis=0, dtype=np.float32)
    drawn = rng.random(weights.shape[1], np.float32) * cumulative[-1]
    codes: Codes = np.minimum((drawn >= cumulative).sum(axis=0), len(weights) - 1).astype(np.int8)
    return codes


def category(rng: np.random.Generator, size: int, shares: tuple[float, ...]) -> Codes:
    """Codes with fixed shares (which need not sum to one)."""
    cdf = np.cumsum(np.asarray(shares, np.float64) / sum(shares))
    drawn = np.searchsorted(cdf, rng.random(size), side="right")
    codes: Codes = np.minimum(drawn, len(shares) - 1).astype(np.int8)
    return codes


def normal(rng: np.random.Generator, *shape: int) -> Floats:
    """Standard normal draws."""
    return rng.standard_normal(shape, np.float32)


def chance(hazard: Floats) -> Floats:
    """The chance of at least one event where `hazard` are expected.

    >>> chance(np.ones(1, np.float32)).round(3)
    array([0.632], dtype=float32)
    """
    return -np.expm1(-hazard)
