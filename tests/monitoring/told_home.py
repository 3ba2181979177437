"""A home in which little happened, all of it known: what tests of reports count by hand."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import polars as pl

from features.configuration import checked, load
from features.home import Home
from features.lake import append_own, import_history
from leads.history import TIME, History

END = datetime(2026, 5, 1, 4, tzinfo=UTC)
"""Noon in Shanghai, when the record ends."""

OWN = {"id": pl.String(), "source": pl.String(), "type": pl.String(), "customer_id": pl.String(), "time": TIME,
       "data": pl.String(), "arrived": pl.Int64()}  # fmt: skip


def ago(days: float = 0, hours: float = 0) -> datetime:
    """So long before the end."""
    return END - timedelta(days=days, hours=hours)


def event(kind: str, customer: str, at: datetime, **data: Any) -> dict[str, Any]:
    """An event, with an id of its own unless it is told."""
    named = data.pop("id", f"{kind}-{customer}-{at.timestamp()}")
    return {"id": named, "source": data.pop("source", "test"), "type": kind, "customer_id": customer, "time": at} | data


def customer(name: str, since: datetime = END - timedelta(days=300), **tags: Any) -> dict[str, Any]:
    """A customer record who may be called."""
    usual = {"region": "east", "channel": "online", "phone": None, "consent_call": True}
    return {"customer_id": name, "at": since} | usual | tags


def home_told(folder: Path, customers: Sequence[dict[str, Any]], events: Sequence[dict[str, Any]]) -> Home:
    """A home of the sample insurer that knows just these."""
    configuration = load("insurer")
    schema = configuration.workspace.customer_schema
    told = pl.DataFrame(list(customers), schema={name: schema[name] for row in customers for name in row})
    kinds = configuration.workspace.event_schema
    names = dict.fromkeys(name for row in events for name in row)
    happened = pl.DataFrame(list(events), schema={name: kinds[name] for name in names})
    home = Home.create(folder, configuration, END)
    import_history(home, checked(configuration.workspace, History(told, happened, END)))
    return home


def own(home: Home, *rows: tuple[str, str, str, datetime, str]) -> None:
    """Own events: id, type, customer, time, data as JSON."""
    every = [(name, "nextlead/leases", kind, who, at, data, 10 + place)
             for place, (name, kind, who, at, data) in enumerate(rows)]  # fmt: skip
    append_own(home, pl.DataFrame(every, schema=OWN, orient="row"), "own")
