"""Ranks: our priorities on VICIdial's scales, in the same order.

A rank is a smallint, and the non-agent API drops every character of it that is no digit, a minus too: 0 to 32,767.
A priority p above 0 becomes its share p / (p + middle) of the scale. It depends on nobody else's priority, so that a
rank is sent again only when its own lead has moved. Two leads tie where their priorities differ by less than a step,
(p + middle)² / (32,766 × middle): with a middle of 100 that is 0.01 at 100, 0.4 at 1,000 and 31 at 10,000.
"""

from __future__ import annotations

import math

LOWEST, HIGHEST = 0, 32_767
"""The lowest rank is for leads that must not be called now."""

_HOPPER = 99
"""A hopper priority lies between -99 and 99."""


def rank_of(priority: float, middle: float) -> int:
    """The rank, 1 to 32,767; a priority of `middle` is in the middle, one of 0 or less at the end.

    >>> rank_of(0.0, 100.0), rank_of(100.0, 100.0), rank_of(1e12, 100.0)
    (1, 16384, 32766)
    """
    return 1 + math.floor(_share(priority, middle) * (HIGHEST - 1))


def hopper_priority_of(priority: float, middle: float) -> int:
    """The place in the hopper, -99 to 99. Leads that tie are dialled in the order in which they came.

    >>> hopper_priority_of(0.0, 100.0), hopper_priority_of(100.0, 100.0), hopper_priority_of(1e12, 100.0)
    (-99, 0, 98)
    """
    return math.floor(_share(priority, middle) * 2 * _HOPPER) - _HOPPER


def _share(priority: float, middle: float) -> float:
    return 1.0 - middle / (max(priority, 0.0) + middle)
