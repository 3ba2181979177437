"""Everyone's decision at a moment, looked at for who is left with nothing."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import polars as pl

from leads.coverage import left_with_nothing, why_nothing
from serving.services import Services

_CHUNK = 2000


@dataclass(frozen=True)
class Coverage:
    """customers: how many there are; nothing: for how many nothing can be done; rules: `stage, rule, customers`."""

    customers: int
    nothing: int
    rules: list[dict[str, Any]]


def coverage(services: Services, now: datetime, progress: Callable[..., None] | None = None) -> Coverage:
    """Decide for every customer, without regard to the hour, and count by the rule that left them with nothing."""
    customers, nothing, parts = 0, 0, []
    for ids in services.contacts.ids(_CHUNK):
        decisions = services.scorer.decide(services.scorer.score(ids, now), hours=False)
        customers += len(ids)
        nothing += int(left_with_nothing(decisions).sum())
        parts.append(why_nothing(decisions))
        if progress is not None:
            progress(f"{customers:,} customers")
    if not parts:
        return Coverage(0, 0, [])
    counted = pl.concat(parts).group_by("stage", "rule").agg(pl.col("customers").sum())
    rules = counted.sort("customers", "stage", "rule", descending=[True, False, False]).to_dicts()
    return Coverage(customers, nothing, rules)
