"""Whether groups are as large as chance makes them: a test that may be looked at any number of times.

After Lindon and Malek, "Anytime-valid inference for multinomial count data", NeurIPS 2022: how much likelier the counts
are where shares may be any, spread around those declared, than where they are these. It grows past 1 / alpha with a
chance of at most alpha if they are, however often it is looked at.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import exp, lgamma, log

SPREAD = 1_000.0
"""How closely shares that are wrong are thought to lie around those declared: as if so many units had been seen."""


def evidence_against(counts: Sequence[float], shares: Sequence[float]) -> float:
    """How many times likelier the counts are by other shares; at most 1e300. shares: above 0, summing to 1.

    >>> evidence_against([4980, 5020], [0.5, 0.5]) < 1 < evidence_against([4700, 5300], [0.5, 0.5])
    True
    """
    whole = sum(counts)
    told = lgamma(SPREAD) - lgamma(SPREAD + whole)
    for count, share in zip(counts, shares, strict=True):
        told += lgamma(SPREAD * share + count) - lgamma(SPREAD * share) - count * log(share)
    return exp(max(min(told, 690.0), -690.0))
