"""Fair shares: how much each of those at work may have had, so that nobody runs ahead and nobody starves."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True)
class Part:
    """One of those who share: their weight beside the others', and what they have had."""

    weight: float
    had: float


def fair_most(weight: float, others: Iterable[Part], ahead: int) -> int | None:
    """The most that one of this weight may have had; None, without a limit, where nobody else is at work.

        most = floor(weight × had by the others ÷ weight of the others) + ahead

    Two things follow. Whoever takes within it has at most their part of everything that was handed out, and `ahead`
    more. And somebody may always take the next one: were all past their part, the parts would add up to more than
    there is.

    >>> fair_most(1, [Part(1, 4), Part(1, 7)], ahead=1)
    6
    >>> fair_most(1, [], ahead=1) is None
    True
    """
    parts = list(others)
    total = sum(part.weight for part in parts)
    if total <= 0:
        return None
    return math.floor(weight * sum(part.had for part in parts) / total + _EXACT) + ahead


def fair_start(weight: float, others: Iterable[Part]) -> int:
    """What somebody who begins later is counted to have had: what the others had, for this weight, rounded down.

    Nobody who was there earlier has to wait until the newcomer has had as much.

    >>> fair_start(1, [Part(1, 4), Part(1, 7)])
    5
    """
    return fair_most(weight, others, ahead=0) or 0


_EXACT = 1e-9
"""So that a part which is whole is not rounded down for an error in its last digit."""
