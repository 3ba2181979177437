"""The best time to call: how likely somebody answers in each local hour, learned from calls by hour."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

Hours = Mapping[int, tuple[int, int]]
"""By local hour, how often was called and how often somebody spoke with the customer."""

PRIOR = 20.0
"""As many calls as what all hours share counts in one hour, where only little is known of it."""

OWN_PRIOR = 4.0
"""As many own calls as what everyone's calls say counts for one customer."""


def chances(overall: Hours, own: Hours) -> dict[int, float]:
    """By hour (0 to 23) the chance that a customer answers.

    Each hour's share of everyone's answered calls is drawn towards that of all hours by `PRIOR` calls, and the
    customer's own share towards everyone's in that hour by `OWN_PRIOR`. Where nobody was called, every hour is as good.

    >>> best = chances({10: (100, 10), 18: (100, 60)}, {})
    >>> best[18] > best[14] > best[10]
    True
    """
    calls, spoken = (sum(counts[i] for counts in overall.values()) for i in (0, 1))
    base = (spoken + 1) / (calls + 2)
    found = {}
    for hour in range(24):
        called, reached = overall.get(hour, (0, 0))
        everyone = (reached + PRIOR * base) / (called + PRIOR)
        called, reached = own.get(hour, (0, 0))
        found[hour] = (reached + OWN_PRIOR * everyone) / (called + OWN_PRIOR)
    return found


def best(hours: Iterable[int], chance: Mapping[int, float]) -> list[int]:
    """The hours, the best first; of those as good the earlier."""
    return sorted(hours, key=lambda hour: (-chance[hour], hour))
