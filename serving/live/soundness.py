"""What a rebuild can fold: rows of the lake of which nothing can be made are set aside, and the rest goes on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np
import polars as pl

from features.history import states_at
from leads.errors import InvalidInput
from serving.disk import say
from serving.events.aside import Found
from serving.events.halves import FAULTS, by_halves
from serving.services import Services

_REQUIRED = ("id", "source", "type", "customer_id", "time")


def readable(services: Services, events: pl.DataFrame, now: datetime) -> pl.DataFrame:
    """The events that say whose, when and which they are; the others are set aside."""
    there = pl.all_horizontal(pl.col(name).is_not_null() for name in _REQUIRED)
    error = InvalidInput("event", "(withheld)", f"{', '.join(_REQUIRED)} must be there")
    for row in events.filter(~there).iter_rows(named=True):
        set_aside(services, row, error, now)
    return events.filter(there)


@dataclass(frozen=True)
class Folded:
    """The events that could be folded, and what came of them. rows: of each customer who has any, in the states; at:
    when their last event was, in microseconds.
    """

    events: pl.DataFrame
    rows: Mapping[str, int]
    at: np.ndarray
    interactions: np.ndarray
    standing: np.ndarray


def folded(services: Services, events: pl.DataFrame, now: datetime) -> Folded:
    """The states after all events, taken in their order; those that cannot be folded are set aside."""
    try:
        return _folded(services, events)
    except FAULTS:
        return _folded(services, _without_faults(services, events, now))


def _folded(services: Services, events: pl.DataFrame) -> Folded:
    configuration = services.configuration
    last = events.group_by("customer_id", maintain_order=True).agg(pl.col("time").max().to_physical().cast(pl.Float64))
    ids, layout = last["customer_id"], configuration.layout
    states = (states_at(configuration.workspace, view, ids, events) for view in (layout.interactions, layout.standing))
    return Folded(events, {name: row for row, name in enumerate(ids.to_list())}, last["time"].to_numpy(), *states)


def _without_faults(services: Services, events: pl.DataFrame, now: datetime) -> pl.DataFrame:
    right: list[int] = []

    def keep(rows: Sequence[int]) -> None:
        _folded(services, events[rows[0] : rows[-1] + 1])
        right.extend(rows)

    def refuse(row: int, error: BaseException) -> None:
        set_aside(services, events.row(row, named=True), error, now)

    by_halves(range(len(events)), keep, refuse)
    return events[right]


def set_aside(services: Services, row: Mapping[str, Any], error: BaseException, now: datetime) -> None:
    """Keep a row of the lake with the reason; from now on it is not read."""
    with services.client.pipeline(transaction=True) as pipeline:
        letter = services.aside.put(pipeline, Found.row(row), "rebuild", error, now)
        pipeline.execute()
    say(f"rebuild: {letter.type} at {letter.position} is set aside: {letter.reason}")
