"""Moments: the times at which a prediction would have been made, one row per customer and moment."""

from __future__ import annotations

from datetime import datetime, timedelta

import polars as pl

from leads.configuration.objective import Objective
from leads.configuration.policy_term import expiry
from leads.configuration.workspace import Workspace
from leads.history import TIME

KEYS = {"customer_id": pl.String(), "at": TIME}
"""Columns of a frame of moments."""


def moments(
    workspace: Workspace, objective: Objective, events: pl.DataFrame, customers: pl.DataFrame, until: datetime
) -> pl.DataFrame:
    """Every moment of the objective up to `until`, once each, ordered by time, then customer.

    events, customers: as the lake holds them, nothing later than `until`.
    """
    how = objective.moments
    if how.after is not None:
        happened = events.filter(pl.col("type") == how.after)
        found = happened.select("customer_id", (pl.col("time") + how.delay).alias("at"))
    elif how.every is not None:
        found = _grid(how.every, events, customers, until)
    elif how.before_expiry:
        since = known_since(events, customers)
        due = _before_expiry(workspace, how.before_expiry, events).join(since, on="customer_id")
        found = due.filter(pl.col("at") >= pl.col("since")).select("customer_id", "at")
    else:
        found = customers.select("customer_id", "at")
    reached = found.select(pl.col(name).cast(dtype) for name, dtype in KEYS.items()).filter(pl.col("at") <= until)
    if how.warm_up and len(customers):
        begin: datetime = customers["at"].min()  # type: ignore[assignment]
        reached = reached.filter(pl.col("at") >= begin + how.warm_up)
    return reached.unique().sort("at", "customer_id")


def _grid(step: timedelta, events: pl.DataFrame, customers: pl.DataFrame, until: datetime) -> pl.DataFrame:
    """Counted back from `until`, so that only the newest are censored; for everyone known by then."""
    first = known_since(events, customers)
    if first.is_empty():
        return pl.DataFrame(schema=KEYS)
    start: datetime = first["since"].min()  # type: ignore[assignment]
    count = (until - start) // step
    grid = pl.DataFrame({"at": [until - step * k for k in range(count, -1, -1)]}, schema={"at": TIME})
    return grid.join_where(first, pl.col("since") <= pl.col("at")).select("customer_id", "at")


def known_since(events: pl.DataFrame, customers: pl.DataFrame) -> pl.DataFrame:
    """When each customer became known (`customer_id, since`): first record of tags, else first event."""
    told = customers.group_by("customer_id").agg(pl.col("at").min().alias("since"))
    seen = events.group_by("customer_id").agg(pl.col("time").min().alias("since"))
    return pl.concat([told, seen.join(told, on="customer_id", how="anti")])


def _before_expiry(workspace: Workspace, leads: tuple[timedelta, ...], events: pl.DataFrame) -> pl.DataFrame:
    """So long before each expiry, where the policy was held by then."""
    begins = [event.name for event in workspace.events.values() if event.policy in ("purchased", "renewed")]
    begun = events.filter(pl.col("type").is_in(begins))
    terms = begun.select("customer_id", "time", expiry(workspace).alias("expires")).drop_nulls("expires")
    parts = [terms.select("customer_id", (pl.col("expires") - lead).alias("at"), "time") for lead in leads]
    return pl.concat(parts).filter(pl.col("at") >= pl.col("time")).select("customer_id", "at")
