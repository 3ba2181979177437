"""A sample of customers with all that is recorded of them, and their features at any moments: as training has them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import numpy as np
import polars as pl
from numpy.typing import NDArray

from features.configuration import Configuration
from features.history import profile_rows, states_by
from features.home import Home
from features.lake import read_customers, read_events, read_events_among
from features.slots import StateLayout
from features.value import feature_frame
from leads.arbitration.draws import hashed
from leads.configuration.objective import Objective
from training.data.moments import moments

CUSTOMERS = 20_000
"""So many are looked at; a home of fewer is looked at whole."""

_KEYS = ["customer_id", "at"]


@dataclass
class Sample:
    """What was recorded of some customers up to `until`. Features are worked out for the moments that `prepare` is told
    of, all at once: each event is folded once, however many moments there are.
    """

    configuration: Configuration
    events: pl.DataFrame
    customers: pl.DataFrame
    until: datetime
    _moments: pl.DataFrame = field(default_factory=pl.DataFrame, repr=False)
    _frame: pl.DataFrame = field(default_factory=pl.DataFrame, repr=False)
    _known: dict[tuple[str, timedelta | None], pl.DataFrame] = field(default_factory=dict, repr=False)

    @classmethod
    def of(cls, home: Home, until: datetime, most: int = CUSTOMERS, seed: int = 7) -> Sample:
        """At most so many customers of a home, drawn by a hash of their ids: the same ones every time, as far as they
        are still there. Hot state is not asked.
        """
        customers = read_customers(home, until)
        names = customers["customer_id"].unique()
        if len(names) <= most:
            return cls(home.configuration, read_events(home, until=until), customers, until)
        chosen = sorted(names, key=lambda name: hashed(f"{seed}|{name}"))[:most]
        theirs = customers.filter(pl.col("customer_id").is_in(chosen))
        return cls(home.configuration, read_events_among(home, chosen, until), theirs, until)

    def known_by(self, until: datetime) -> Sample:
        """What was recorded by an earlier time."""
        events, customers = self.events.filter(pl.col("time") <= until), self.customers.filter(pl.col("at") <= until)
        return Sample(self.configuration, events, customers, until)

    def moments(self, objective: Objective) -> pl.DataFrame:
        """Every moment of an objective (`customer_id, at`), worked out once."""
        key = objective.name, objective.moments.every
        if key not in self._known:
            self._known[key] = moments(
                self.configuration.workspace, objective, self.events, self.customers, self.until
            )  # fmt: skip
        return self._known[key]

    def prepare(self, asked: Sequence[pl.DataFrame]) -> None:
        """Work out the features of all these moments (`customer_id, at`)."""
        every = pl.concat([part.select(_KEYS) for part in asked]).unique().sort(_KEYS)
        self._moments, self._frame = every.with_row_index("place"), self._features(every)

    def features(self, asked: pl.DataFrame) -> pl.DataFrame:
        """The features of moments (`customer_id, at`), in their order; what is later changes nothing."""
        places = self._places(asked)
        if places.null_count() or self._moments.is_empty():
            self.prepare([asked])
            places = self._places(asked)
        return self._frame[places.to_numpy().astype(np.int64)]

    def _places(self, asked: pl.DataFrame) -> pl.Series:
        """Where these moments stand, null for one that was not prepared."""
        if self._moments.is_empty():
            return pl.Series([], dtype=pl.UInt32)
        return asked.select(_KEYS).join(self._moments, on=_KEYS, how="left", maintain_order="left")["place"]

    def _features(self, moments: pl.DataFrame) -> pl.DataFrame:
        layout = self.configuration.layout
        interactions, standing = (self._states(view, moments) for view in (layout.interactions, layout.standing))
        at = moments["at"].to_physical().cast(pl.Float64).to_numpy()
        return feature_frame(layout, self._profile(moments), interactions, standing, at)

    def _profile(self, moments: pl.DataFrame) -> pl.DataFrame:
        """`customer_id` and what is kept of a profile; null where the customer was not known yet."""
        layout = self.configuration.layout
        known = profile_rows(layout, self.customers).sort("at")
        found = moments.sort("at").join_asof(known, on="at", by="customer_id", check_sortedness=False)
        return found.sort(_KEYS).select("customer_id", *layout.kept_profile)

    def _states(self, view: StateLayout, moments: pl.DataFrame) -> NDArray[np.float64]:
        """(n, width); the blank state where nothing had happened yet."""
        theirs = self.events.filter(pl.col("customer_id").is_in(moments["customer_id"].unique().implode()))
        out: NDArray[np.float64] = states_by(self.configuration.workspace, view, theirs, moments)
        counts = ~np.isnan(view.blank)
        return np.where(np.isnan(out) & counts, view.blank, out)
