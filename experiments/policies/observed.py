"""What the product knows of every customer of a branch, brought forward day by day through its own fold."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import polars as pl

from features.columns import event_columns
from features.configuration import Configuration
from features.fold import fold
from features.history import profile_rows, states_at
from features.slots import StateLayout
from features.value import feature_frame
from leads.actions.catalogue import Catalogue
from leads.history import History
from simulator.loop import Morning


@dataclass(frozen=True)
class Carried:
    """What the contacts of a day were made for, at most one a customer: caps per scene and plays ask for it.

    purpose: `customer_id`, and fields of the events: `action, scene` and, where decisions are kept, `decision_id`.
    kinds: the event types that tell of a contact.
    """

    purpose: pl.DataFrame
    kinds: tuple[str, ...]

    @classmethod
    def of(
        cls, catalogue: Catalogue, customers: pl.Series, action: np.ndarray, decisions: pl.Series | None = None
    ) -> Carried:  # fmt: skip
        """Of actions by position, one for each customer. decisions: their ids."""
        names = pl.Series("action", [item.name for item in catalogue.actions])[action]
        scenes = pl.Series("scene", [item.scene for item in catalogue.actions])[action]
        sent = {policy.sent for policy in catalogue.contact.channels.values() if policy.sent is not None}
        made = [] if decisions is None else [decisions.alias("decision_id")]
        purpose = pl.DataFrame([customers.alias("customer_id"), names, scenes, *made])
        return cls(purpose, (*sorted(sent), "call.completed"))

    def with_purposes(self, events: pl.DataFrame) -> pl.DataFrame:
        """The events with what those of a contact were made for."""
        fields = self.purpose.columns[1:]
        known = events.drop(fields).join(self.purpose, on="customer_id", how="left", maintain_order="left")
        inside = pl.col("type").is_in(self.kinds)
        named = [pl.when(inside).then(pl.col(name)).alias(name) for name in fields]
        return known.with_columns(named).select(events.columns)


class Observed:
    """States of all customers, known or not yet; row i is the customer with the number i + 1.

    heard: the events that were folded last, with every declared column.
    """

    def __init__(self, configuration: Configuration, history: History, size: int) -> None:
        self.configuration = configuration
        everyone = pl.Series("customer_id", [f"C{number:07d}" for number in range(1, size + 1)])
        workspace, layout = configuration.workspace, configuration.layout
        events = self.heard = self.whole(history.events)
        self._interactions = states_at(workspace, layout.interactions, everyone, events)
        self._standing = states_at(workspace, layout.standing, everyone, events)

    def update(self, morning: Morning, carried: Carried | None = None) -> np.ndarray:
        """Fold the events since yesterday; gives the rows they touched. carried: what yesterday's contacts were for."""
        events = self.whole(morning.events)
        if carried is not None:
            events = carried.with_purposes(events)
        self.heard = events
        if events.is_empty():
            return np.zeros(0, np.int64)
        layout = self.configuration.layout
        self._interactions = self._folded(layout.interactions, self._interactions, events)
        self._standing = self._folded(layout.standing, self._standing, events)
        return np.unique(positions(events["customer_id"]))

    def frame(self, morning: Morning) -> tuple[np.ndarray, pl.DataFrame]:
        """The rows known this morning and their features."""
        layout = self.configuration.layout
        schema = self.configuration.workspace.customer_schema
        profile = profile_rows(layout, _with_absent(morning.customers, schema)).drop("at")
        rows = positions(profile["customer_id"])
        return rows, feature_frame(layout, profile, self._interactions[rows], self._standing[rows], morning.now)

    def whole(self, events: pl.DataFrame) -> pl.DataFrame:
        """With every declared column; what the branch does not tell of an event is null."""
        return _with_absent(events, self.configuration.workspace.event_schema)

    def _folded(self, layout: StateLayout, state: np.ndarray, events: pl.DataFrame) -> np.ndarray:
        touching = events.filter(pl.col("type").is_in(sorted(layout.events)))
        rows = positions(touching["customer_id"])
        return fold(layout, state, rows, event_columns(self.configuration.workspace, touching))


def _with_absent(frame: pl.DataFrame, schema: Mapping[str, pl.DataType]) -> pl.DataFrame:
    return frame.with_columns(pl.lit(None, dtype).alias(n) for n, dtype in schema.items() if n not in frame.columns)


def positions(customers: pl.Series) -> np.ndarray:
    """Row of each customer id.

    >>> positions(pl.Series(["C0000001", "C0000012"])).tolist()
    [0, 11]
    """
    return customers.str.slice(1).cast(pl.Int64).to_numpy() - 1
