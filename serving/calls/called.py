"""Callbacks that an event tells of, from a dialer that holds no lease: as promises like any other."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

import polars as pl

from features.lake import ARRIVED
from leads.actions.reports import CALLED
from leads.contact.callback import CALLBACK
from serving.clock import from_microseconds, written

AT = "callback_at"
"""The field that says when, where a workspace declares it as a time."""

_SAID = ("agent_id", "action", "product", "note")


def called(source: str, data: Mapping[str, Any]) -> dict[str, Any] | None:
    """As a `lease.completed` would tell of the call, None where nothing was promised. Who promised is the agent that
    the event names, else its source.
    """
    if data.get("disposition") != CALLBACK or data.get(AT) is None:
        return None
    at = data[AT] if isinstance(data[AT], datetime) else from_microseconds(data[AT])
    told = {name: data[name] for name in _SAID if data.get(name) is not None}
    return {"agent_id": source} | told | {"disposition": CALLBACK, AT: written(at), "next_try_at": written(at)}


def with_called(own: pl.DataFrame, events: pl.DataFrame) -> pl.DataFrame:
    """The product's own events with the calls in which something was promised among them, in their order of arrival."""
    if AT not in events.columns or "disposition" not in events.columns:
        return own
    promising = (pl.col("type") == CALLED) & (pl.col("disposition") == CALLBACK) & pl.col(AT).is_not_null()
    rows = [
        {name: row[name] for name in own.columns if name != "data"} | {"data": json.dumps(called(row["source"], row))}
        for row in events.filter(promising).iter_rows(named=True)
    ]
    if not rows:
        return own
    return pl.concat([own, pl.DataFrame(rows, schema=own.schema)]).sort(ARRIVED, "time", "id", nulls_last=False)
