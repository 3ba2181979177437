"""Intervals of shares."""

from __future__ import annotations

from math import sqrt

Z = 1.959963984540054
"""Of the normal distribution, beyond which lie 2.5% on each side."""


def wilson(successes: float, trials: int, z: float = Z) -> tuple[float, float]:
    """The 95% score interval of a share (Wilson 1927): right near 0 and 1 too, where the usual one is not.

    >>> low, high = wilson(0, 10)
    >>> round(low, 3), round(high, 3)
    (0.0, 0.278)
    """
    share = successes / trials
    centre = (share + z * z / (2 * trials)) / (1 + z * z / trials)
    half = z / (1 + z * z / trials) * sqrt(share * (1 - share) / trials + z * z / (4 * trials * trials))
    return max(0.0, centre - half), min(1.0, centre + half)
