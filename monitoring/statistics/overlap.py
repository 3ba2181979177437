"""How sure each of two weeks must be where they share outcomes: both together are then wrong as often as two that
share none.
"""

from __future__ import annotations

from datetime import timedelta
from functools import lru_cache

from scipy.integrate import quad
from scipy.optimize import brentq
from scipy.stats import norm

from monitoring.statistics.intervals import Z


@lru_cache
def needed(apart: timedelta, length: timedelta, horizon: timedelta) -> float:
    """Standard errors that each of two cohorts must lie off. By chance both do, on one side, as often as two
    independent ones lie beyond `Z`.

    apart: from the begin of the one to that of the other. length: of each. horizon: how long after its moment an
    outcome may come; outcomes of a cohort come within length + horizon, and cohorts share what lies in both.
    """
    shared = max(0.0, 1 - apart / (length + horizon)) if horizon else 0.0
    return Z if shared == 0 else float(brentq(lambda z: _both(z, shared) - norm.sf(Z) ** 2, Z, 5, xtol=1e-4))


def _both(z: float, correlation: float) -> float:
    """How probable it is that both of two standard normal numbers lie beyond z."""
    left = (1 - correlation**2) ** 0.5
    return float(quad(lambda x: norm.pdf(x) * norm.cdf((correlation * x - z) / left), z, z + 8)[0])
