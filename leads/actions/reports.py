"""What agents report: a sale or a renewal holds until the core system confirms or contradicts it.

Models and labels go by what the core says. Rules, plays, stages and offers go by the policy book as it is reported.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import timedelta

import polars as pl

CALLED = "call.completed"
"""The event that reports, by its `disposition` and `product`."""

SALE, RENEWED = "sale", "renewed"
KINDS: Mapping[str, float] = {"not_interested": 0.0, SALE: 1.0, RENEWED: 2.0}
"""Dispositions as the state keeps them; one of 0 takes an earlier report about the same product back."""

SHORTLY = timedelta(days=1)
"""So long before a report the core may have had what it confirms."""

REPORTED, UNNAMED, NEXT = "reported_days", "reported_unnamed_days", "reported_next_days"
"""Columns: days since the latest report that holds, since one without a product, and since one about the policy that
expires next; null where none holds."""

AS_REPORTED = "reported__"
"""Before the name of a column of the policy book: what it says as reported, null where nothing is."""

SOLD = "just_sold"
"""The rule that leaves out what an agent has just sold."""


def can_report(events: Collection[str], fields: Collection[str]) -> bool:
    """Whether a workspace's events tell what agents report."""
    return CALLED in events and "disposition" in fields


def reported_column(product: str) -> str:
    """Days since a sale or renewal of a product was reported; null unless that holds.

    >>> reported_column("motor")
    'reported_motor_days'
    """
    return f"reported_{product}_days"


def as_reported(frame: pl.DataFrame) -> pl.DataFrame:
    """The frame with the policy book of those as it is reported for whom a report holds."""
    if REPORTED not in frame.columns or frame[REPORTED].null_count() == len(frame):
        return frame
    holds = pl.col(REPORTED).is_not_null()
    names = [name.removeprefix(AS_REPORTED) for name in frame.columns if name.startswith(AS_REPORTED)]
    return frame.with_columns(
        pl.when(holds).then(pl.col(AS_REPORTED + name).cast(frame.schema[name])).otherwise(pl.col(name)).alias(name)
        for name in names
    )
