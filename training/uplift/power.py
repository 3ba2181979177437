"""Power: how many rows it takes until an effect of the size that was found is proven."""

from __future__ import annotations

from math import ceil
from statistics import NormalDist

import numpy as np

from models.calibrator import Floats

LEVEL, POWER = 0.05, 0.8
"""Chance of seeing an effect that is not there (two-sided), and of seeing one that is."""

_NORMAL = NormalDist()
SURE = _NORMAL.inv_cdf(1 - LEVEL / 2) + _NORMAL.inv_cdf(POWER)
"""Standard errors that an effect must be away from nothing."""


def rows_needed(values: Floats, rows: int) -> int | None:
    """Rows of the same kind with which an effect is proven with 80%, from its value on so many rows and on resamples of
    them; None where nothing was found that could be proven. A standard error falls with the root of the rows.

    >>> rows_needed(np.array([0.01, 0.0, 0.02]), 1_000)
    7849
    """
    value, error = float(values[0]), float(np.std(values[1:], ddof=0))
    return ceil(rows * (SURE * error / value) ** 2) if value > 0 else None
