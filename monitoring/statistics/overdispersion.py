"""How much more days differ than chance lets them."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.stats import chi2

ALPHA = 0.05
"""How often days that differ by chance alone seem to differ by more."""


def excess(squares: float, days: int) -> float:
    """By how much the variance of days is larger than chance makes it, as far as that is no chance itself; 1 at least.

    squares: mean of the squared deviations of days, in units of what chance makes of one. days: degrees of freedom.

    >>> excess(1.4, 20), round(excess(3.14, 20), 2)
    (1.0, 2.0)
    """
    return max(1.0, squares / float(chi2.ppf(1 - ALPHA, days) / days))


def excess_of_counts(counts: NDArray[np.float64]) -> float:
    """Of counts a day, which differ by chance as a Poisson's do. Their mean is above 0."""
    return excess(float(counts.var(ddof=1) / counts.mean()), len(counts) - 1)
