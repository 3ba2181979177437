"""What agents report: a sale or a renewal holds until the core system confirms or contradicts it.

Models and labels go by what the core says. Rules, plays, stages and offers go by the policy book as it is reported.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import timedelta

import numpy as np

from leads.sheet.sheet import Sheet, coded

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


def as_reported(sheet: Sheet) -> Sheet:
    """The sheet with the policy book of those as it is reported for whom a report holds."""
    if REPORTED not in sheet:
        return sheet
    holds = ~np.isnan(sheet.numbers(REPORTED))
    if not holds.any():
        return sheet
    names = [name for name in sheet.columns.names if name.startswith(AS_REPORTED)]
    values, words, places = sheet.values.copy(), dict(sheet.words), sheet.columns.places
    for name in names:
        into, told = name.removeprefix(AS_REPORTED), sheet.numbers(name)
        if into in words and words[into] != words.get(name):
            kept = sheet.texts(into)
            words[into], told = coded([said if holds[row] else kept[row] for row, said in enumerate(sheet.texts(name))])
            values[places[into]] = told
        else:
            np.copyto(values[places[into]], told, where=holds)
    return Sheet(sheet.columns, values, words)
