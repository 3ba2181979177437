"""Wrong numbers: which customers were reported not to be at a number, and when."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any, NamedTuple

import polars as pl

from features.home import Home
from features.identity import identity_key
from features.lake import data_of, read_events, read_own

WRONG = "wrong_number"
CALL, LEASE = "call.completed", "lease.completed"
"""Events that say what came of a call."""

OURS = "nextlead/"
"""How the sources of what we tell begin: beside its `lease.completed`, which names the number, a call says nothing."""


class Report(NamedTuple):
    """Somebody else was found at a customer's number. phone: None for the one that they had then. at: microseconds."""

    customer_id: str
    phone: str | None
    at: int


def report_of(kind: str, source: str, customer_id: str, at: int, data: Mapping[str, Any]) -> Report | None:
    """What an event reports, None where it is nothing of the kind."""
    if kind not in (CALL, LEASE) or data.get("disposition") != WRONG:
        return None
    phone = data.get("phone")
    told = phone if isinstance(phone, str) else None
    return None if kind == CALL and source.startswith(OURS) else Report(customer_id, told, at)


def mistaken(
    report: Report, phones: Mapping[str, tuple[int, str | None]], keys: Mapping[str, Mapping[str, int]]
) -> tuple[str, list[str]]:
    """The identity that a report is about, and whose it is not: the id's that was called where it told that number,
    else all ids' of the person that did.

    phones: the number that each id of the person told last, and when. keys: each id's identities, and since when.
    """
    phone = report.phone
    if phone is None:
        when, last = max(phones.values(), default=(0, None), key=lambda told: told[0])
        phone = last if when <= report.at else None
    key = f"phone:{phone}"
    having = [name for name, held in keys.items() if held.get(key, report.at + 1) <= report.at]
    return key, [report.customer_id] if report.customer_id in having else having


def read_reports(home: Home, until: datetime | None = None) -> Iterator[Report]:
    """All reports of the lake, under the ids as they came."""
    columns = ["type", "source", "customer_id"]
    if "disposition" in home.configuration.workspace.event_schema:
        told = read_events(home, until=until, as_came=True).filter(type=CALL, disposition=WRONG)
        for kind, source, customer_id, at in told.select(*columns, pl.col("time").to_physical()).iter_rows():
            if (report := report_of(kind, source, customer_id, at, {"disposition": WRONG})) is not None:
                yield report
    rows = read_own(home, LEASE, until=until).filter(pl.col("data").str.contains(WRONG, literal=True))
    recognition = home.configuration.workspace.recognition
    for kind, source, customer_id, at, data in rows.select(*columns, pl.col("time").to_physical(), "data").iter_rows():
        if (report := report_of(kind, source, customer_id, at, data_of(data))) is not None:
            key = identity_key("phone", report.phone, recognition)
            yield report if key is None else report._replace(phone=key.removeprefix("phone:"))
