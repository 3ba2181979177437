"""What a history may bring: its rows by the rules of the live door, those that break them told apart."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

import polars as pl

from leads.bounds import TOLERANCE, Bounds
from leads.history import TIME, History
from leads.workspace import Workspace

REASONS = "reasons"

_NAMES = 256
"""Characters of an id or source at most."""

_FIXED = ("id", "source", "type", "customer_id", "time", "at")


@dataclass(frozen=True)
class Admitted:
    """A history without the rows that the door would refuse.

    customers, events: those rows, as they came, with `reasons`: what is wrong, by field, without the values.
    """

    history: History
    customers: pl.DataFrame
    events: pl.DataFrame


def admitted(workspace: Workspace, history: History, now: datetime) -> Admitted:
    """Of a checked history (`configuration.checked`) what is within the workspace's bounds at `now`.

    A record that is said to end in the future ends with its newest row that is taken.
    """
    customers = _parted(history.customers, workspace, now)
    events = _parted(history.events, workspace, now)
    end = history.observed_until
    if end > now + TOLERANCE:
        newest = [customers[0]["at"].max(), events[0]["time"].max()]
        end = max((time for time in newest if isinstance(time, datetime)), default=now)
    return Admitted(History(customers[0], events[0], end), customers[1], events[1])


def _parted(frame: pl.DataFrame, workspace: Workspace, now: datetime) -> tuple[pl.DataFrame, pl.DataFrame]:
    """What is taken, and what is not with its reasons."""
    faults = [pl.when(broken).then(pl.lit(reason)) for broken, reason in _rules(frame.schema, workspace.bounds, now)]
    judged = frame.with_columns(pl.concat_list(faults).list.drop_nulls().list.join("; ").alias(REASONS))
    right = pl.col(REASONS) == ""
    return judged.filter(right).drop(REASONS), judged.filter(~right)


def _rules(schema: Mapping[str, pl.DataType], bounds: Bounds, now: datetime) -> Iterator[tuple[pl.Expr, str]]:
    """Per column what breaks the door's rules, and how that is told; null breaks none."""
    for name, dtype in schema.items():
        column = pl.col(name)
        if name in ("time", "at"):
            yield column < bounds.oldest, f"{name}: not before {bounds.oldest:%Y-%m-%d}"
            yield column > now + TOLERANCE, f"{name}: at most {TOLERANCE.seconds} seconds after now"
        elif dtype == TIME:
            within = f"{name}: between {bounds.earliest:%Y-%m-%d} and {bounds.latest:%Y-%m-%d}"
            yield ~column.is_between(bounds.earliest, bounds.latest), within
        elif dtype == pl.Float64():
            within = f"{name}: a finite number, between -{bounds.number:g} and {bounds.number:g}"
            yield ~column.is_between(-bounds.number, bounds.number), within
        elif name in _FIXED:
            lengths = column.str.len_chars()
            blank = column.str.strip_chars() == ""
            yield blank | (lengths > _NAMES), f"{name}: a text of 1 to {_NAMES} characters"
        elif dtype == pl.String():
            yield column.str.len_chars() > bounds.text, f"{name}: a text of at most {bounds.text:,} characters"
