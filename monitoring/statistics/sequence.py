"""Intervals that may be looked at any number of times: asymptotic confidence sequences.

After Waudby-Smith, Arbour, Sinha, Kennedy and Ramdas, "Time-uniform central limit theory and asymptotic confidence
sequences", Annals of Statistics 52 (2024), theorem 2.2. A fixed interval is right at one time that was chosen before;
whoever looks every day and stops when it excludes nothing is wrong far more often than it says. This one covers the
truth at all times at once, once there are so many units that means are normal, and is about half as wide again.
"""

from __future__ import annotations

from typing import TypeVar

import numpy as np

ALPHA = 0.05
"""How often an interval may be wrong."""

Number = TypeVar("Number", float, np.ndarray)


def half_width(variance: Number, units: Number, tuned: float, alpha: float = ALPHA) -> Number:
    """How far the interval reaches on either side.

    variance: of the estimate, from `units` units. tuned: the number of units at which the interval should be narrow,
    which is chosen before anything is looked at; elsewhere it holds as well, and is wider.

    >>> round(half_width(1.0, 1000.0, 1000.0), 2)
    3.03
    """
    spread = (-2 * np.log(alpha) + np.log(-2 * np.log(alpha) + 1)) / tuned
    passed = units * spread
    return np.sqrt(variance * 2 * (passed + 1) / passed * np.log(np.sqrt(passed + 1) / alpha))  # type: ignore[no-any-return]
