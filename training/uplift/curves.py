"""Curves: what is gained where those are contacted first of whom most is said, and how far chance moves that.

The effect among the first is what those contacted of them came to, less those left alone, each weighted by one over the
chance of what was done (Hájek 1971); where a coin was tossed that is the difference of two rates. The Qini curve is it
times the share of all who are contacted (Radcliffe 2007).
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from models.calibrator import Floats
from training.uplift.campaign import Campaign

TOP = 0.3
"""The share contacted first whose gain is told."""

GRID = np.linspace(0.02, 1.0, 50)

Figures = Mapping[str, Floats]
"""By name a figure of the rows themselves, and of each of their resamples: (1 + resamples,)."""


def draws(campaign: Campaign, resamples: int, seed: int) -> NDArray[np.int16]:
    """(1 + resamples, n) how often each row is there: once, then as drawn with all of its customer's rows."""
    people = int(campaign.customer.max()) + 1
    drawn = np.random.default_rng(seed).poisson(1.0, (resamples, people)).astype(np.int16)
    return np.vstack([np.ones((1, people), np.int16), drawn])[:, campaign.customer]


def figures(campaign: Campaign, chance: Floats, said: Floats, drawn: NDArray[np.int16], seed: int) -> Figures:
    """`average`, the effect on all; `top`, on the first `TOP`; `gain`, by how much that is more; `auuc`, the area under
    the Qini curve; `qini`, that beyond contacting in no order. Ties of what is said are broken by chance.
    """
    mixed = np.random.default_rng(seed).permutation(len(said))
    order = mixed[np.argsort(-said[mixed], kind="stable")]
    given, label, weight = (side[order] for side in (campaign.treated, campaign.label, campaign.weight))
    reached, alone = given / chance[order], (1 - given) / (1 - chance[order])
    sides = np.stack([np.ones(len(order)), reached, reached * label, alone, alone * label]) * weight
    effect = np.array([_effects(sides * times[order]) for times in drawn])
    average, top = effect[:, -1], effect[:, int(np.argmin(np.abs(GRID - TOP)))]
    auuc = np.trapezoid(np.hstack([np.zeros((len(effect), 1)), effect * GRID]), np.append(0.0, GRID), axis=1)
    return {"average": average, "top": top, "gain": top - average, "auuc": auuc, "qini": auuc - average / 2}


def _effects(sides: Floats) -> Floats:
    """(grid,) the effect among so many of the first."""
    summed = np.cumsum(sides, axis=1)
    places = np.searchsorted(summed[0], GRID * summed[0, -1] - 1e-9).clip(0, summed.shape[1] - 1)
    _, reached, found, alone, otherwise = summed[:, places]
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray(np.nan_to_num(found / reached - otherwise / alone), np.float64)
