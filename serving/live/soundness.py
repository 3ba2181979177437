"""What a rebuild can fold: rows of the lake of which nothing can be made are set aside, and the rest goes on."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np
import polars as pl
import redis

from features.configuration import Configuration
from features.history import states_at
from features.home import Home
from features.lake import faults_of_own
from leads.errors import InvalidInput
from serving.disk import say
from serving.events.aside import Aside, Found
from serving.events.fault_isolation import FAULTS, isolating_faults

_NAMES = ("id", "source", "type", "customer_id")


class Soundness:
    """Sets rows of the lake aside of which nothing can be made."""

    def __init__(self, client: redis.Redis, home: Home, configuration: Configuration, aside: Aside) -> None:
        self._client = client
        self._home = home
        self._configuration = configuration
        self._aside = aside

    def readable(self, events: pl.DataFrame, now: datetime) -> pl.DataFrame:
        """The events that say whose, when and which they are; the others are set aside."""
        there = pl.all_horizontal(pl.col("time").is_not_null(), *(_is_told(name) for name in _NAMES))
        error = InvalidInput("event", "(withheld)", f"{', '.join(_NAMES)} and time must be there, and not be empty")
        for row in events.filter(~there).iter_rows(named=True):
            self.set_aside(row, error, now)
        return events.filter(there)

    def pass_over_own(self, now: datetime) -> None:
        """Set aside what readers of the product's own events pass over, as nothing can be made of it."""
        for row, fault in faults_of_own(self._home):
            self.set_aside(row, fault, now)

    def folded(self, events: pl.DataFrame, now: datetime) -> Folded:
        """The states after all events, taken in their order; those that cannot be folded are set aside."""
        try:
            return self._folded(events)
        except FAULTS:
            return self._folded(self._without_faults(events, now))

    def _folded(self, events: pl.DataFrame) -> Folded:
        configuration = self._configuration
        last = events.group_by("customer_id", maintain_order=True).agg(
            pl.col("time").max().to_physical().cast(pl.Float64)
        )
        ids, layout = last["customer_id"], configuration.layout
        states = (
            states_at(configuration.workspace, view, ids, events) for view in (layout.interactions, layout.standing)
        )
        return Folded(events, {name: row for row, name in enumerate(ids.to_list())}, last["time"].to_numpy(), *states)

    def _without_faults(self, events: pl.DataFrame, now: datetime) -> pl.DataFrame:
        right: list[int] = []

        def keep(rows: Sequence[int]) -> None:
            self._folded(events[rows[0] : rows[-1] + 1])
            right.extend(rows)

        def refuse(row: int, error: BaseException) -> None:
            self.set_aside(events.row(row, named=True), error, now)

        isolating_faults(range(len(events)), keep, refuse)
        return events[right]

    def each(self, rows: pl.DataFrame, now: datetime, act: Callable[[Mapping[str, Any]], object]) -> None:
        """Act on each row of own events, in their order; one of which nothing can be made is set aside."""
        for row in rows.iter_rows(named=True):
            isolating_faults([row], lambda one: act(one[0]), lambda one, error: self.set_aside(one, error, now))

    def set_aside(self, row: Mapping[str, Any], error: BaseException, now: datetime) -> None:
        """Keep a row of the lake with the reason; from now on it is not read."""
        with self._client.pipeline(transaction=True) as pipeline:
            letter = self._aside.put(pipeline, Found.row(row), "rebuild", error, now)
            pipeline.execute()
        say(f"rebuild: {letter.type} at {letter.position} is set aside: {letter.reason}")


def _is_told(name: str) -> pl.Expr:
    return (pl.col(name).str.strip_chars() != "").fill_null(False)


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

    def of(self, customer_ids: Sequence[str]) -> Folded:
        """The states of these, who have any."""
        rows = [self.rows[name] for name in customer_ids]
        places = {name: row for row, name in enumerate(customer_ids)}
        return Folded(self.events, places, self.at[rows], self.interactions[rows], self.standing[rows])
