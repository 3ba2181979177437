"""The policy book as it stands at a moment: one policy per product line, the latest bought or renewed."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from features.layout import FeatureLayout
from features.slots import DAY
from leads.sheet.missing import zero_where_missing


@dataclass(frozen=True)
class PolicyBook:
    """The book of n customers. names, numbers: its numeric features, (n, names). active: (n, products). nearest: (n,)
    the product that expires next by its place among the workspace's, NaN where none does.
    """

    names: list[str]
    numbers: np.ndarray
    active: np.ndarray
    nearest: np.ndarray


def book_at(layout: FeatureLayout, standing: np.ndarray, now: np.ndarray) -> PolicyBook:
    """The book at each customer's moment (microseconds).

    A policy is active from its purchase to its expiry unless it lapsed since. The next to expire is one that is active
    or in its days of grace. `policies_lapsed` counts the product lines that lapsed and were not bought again. Days left
    are negative once past; NaN where there never was a policy.
    """
    places, grace = layout.book_parts
    at, expires, premium, first, lapsed = (standing[:, part] for part in places)
    bought = ~np.isnan(at)
    over = bought & (lapsed > at)
    left = (expires - now[:, None]) / DAY
    active = bought & (left > 0) & ~over
    waiting = np.where(active | (bought & ~over & (left > -grace)), left, np.inf)
    nearest = waiting.argmin(axis=1)
    soonest = waiting.min(axis=1)
    latest_lapse = np.where(over, lapsed, -np.inf).max(axis=1)
    totals = [
        active.sum(axis=1),
        bought.sum(axis=1),
        over.sum(axis=1),
        np.where(np.isinf(soonest), np.nan, soonest),
        np.where(active, zero_where_missing(premium), 0.0).sum(axis=1),
        np.where(np.isinf(latest_lapse), np.nan, (now - latest_lapse) / DAY),
    ]
    per_product = [left, premium, (now[:, None] - first) / DAY]
    return PolicyBook(
        names=list(layout.book_numbers),
        numbers=np.hstack([np.column_stack(totals), *per_product]),
        active=active,
        nearest=np.where(np.isfinite(soonest), nearest, np.nan),
    )
