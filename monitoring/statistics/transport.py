"""A sample's column made like another's by moving as little as can be: so it is told what a change did."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Values = NDArray[np.float32]


def transported(live: Values, reference: Values, categories: bool, rng: np.random.Generator) -> Values:
    """The live values with the reference's distribution: (n,), NaN where missing.

    As many are missing as in the reference: those too many get a value of it by lot, those too few lose theirs. Numbers
    keep their order, the k-th of n becoming the reference's quantile there. Categories stay as they are but for those
    too many of one, which become by lot what is too rare.
    """
    out = live.copy()
    known = reference[~np.isnan(reference)]
    wanted = round(len(live) * (1 - len(known) / max(len(reference), 1)))
    missing, there = np.flatnonzero(np.isnan(out)), np.flatnonzero(~np.isnan(out))
    if len(missing) > wanted and len(known):
        filled = rng.choice(missing, len(missing) - wanted, replace=False)
        out[filled] = rng.choice(known, len(filled))
    elif len(missing) < wanted:
        out[rng.choice(there, wanted - len(missing), replace=False)] = np.nan
        there = np.flatnonzero(~np.isnan(out))
    if len(there) and len(known):
        out[there] = _exchanged(out[there], known, rng) if categories else _mapped(out[there], known, rng)
    return out


def _mapped(live: Values, known: Values, rng: np.random.Generator) -> Values:
    """By order; equal values come in an order by lot."""
    order = np.lexsort((rng.random(len(live)), live))
    ranked = np.sort(known)
    places = ((np.arange(len(live)) + 0.5) / len(live) * len(ranked)).astype(np.intp)
    out = np.empty_like(live)
    out[order] = ranked[places]
    return out


def _exchanged(live: Values, known: Values, rng: np.random.Generator) -> Values:
    values = np.unique(np.concatenate([live, known]))
    have = np.array([(live == value).sum() for value in values])
    share = np.array([(known == value).mean() for value in values])
    gap = have - share * len(live)
    out, rare = live.copy(), np.maximum(-gap, 0)
    if rare.sum() <= 0:
        return out
    for value, many in zip(values, np.maximum(np.round(gap), 0).astype(int), strict=True):
        if many:
            moved = rng.choice(np.flatnonzero(live == value), many, replace=False)
            out[moved] = rng.choice(values, many, p=rare / rare.sum())
    return out
