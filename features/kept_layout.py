"""What is kept of a customer, and where in it each thing stands."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import polars as pl

from features.consents import column, time_column
from features.described import (
    column_types,
    policy_column,
    profile_features,
)
from features.event_windows import WindowPlan
from features.profiling import PROFILED
from features.recent import Recent
from features.slots import StateLayout
from features.state_layouts import report_keys
from leads.configuration.rules import Rule
from leads.configuration.workspace import Workspace
from leads.contact.event_windows import EventWindow


@dataclass(frozen=True)
class KeptLayout:
    """The profile and the two states of one workspace."""

    workspace: Workspace
    interactions: StateLayout
    standing: StateLayout
    event_windows: tuple[EventWindow, ...] = ()
    days: tuple[Rule, ...] = ()

    @cached_property
    def digest(self) -> str:
        """Names what is kept: it changes when a half-life or a tag does, or a cap moves far."""
        profile = hashlib.sha256(repr(sorted(self.kept_profile.items())).encode()).hexdigest()
        return f"{self.interactions.digest[:16]}{self.standing.digest[:16]}{profile[:16]}"

    @cached_property
    def profile(self) -> dict[str, pl.DataType]:
        """Tags that are features (all but texts), and the consents given with the profile."""
        return column_types(profile_features(self.workspace)) | {PROFILED: pl.Boolean()}

    @cached_property
    def tags(self) -> tuple[str, ...]:
        """Of the profile's features those that are tags."""
        return tuple(name for name in self.profile if name not in set(self.consents))

    @cached_property
    def consents(self) -> tuple[str, ...]:
        """The columns of consents, by channel, and of that to profiling."""
        return tuple(column(channel) for channel in self.workspace.purposes)

    @cached_property
    def kept_profile(self) -> dict[str, pl.DataType]:
        """What is kept of a profile: its features, and when each consent was said."""
        return self.profile | {time_column(channel): pl.Float64() for channel in self.workspace.purposes}

    @cached_property
    def has_book(self) -> bool:
        return any(slot.key.endswith("__book") for slot in self.standing.slots)

    @cached_property
    def book_flags(self) -> tuple[str, ...]:
        """Whether a policy runs, by product."""
        return tuple(policy_column(product, "active") for product in self.workspace.products) if self.has_book else ()

    @cached_property
    def book_parts(self) -> tuple[np.ndarray, np.ndarray]:
        """Of the policy book (5, products) where the state keeps when each policy was bought, expires, its premium,
        since when it was held and when it lapsed; and (products,) the days of grace.
        """
        parts = ("__book__at", "__book__expires", "__book__premium", "__held__first", "__lapsed__last")
        products, offsets = self.workspace.products, self.standing.offsets
        places = [[offsets[f"{product}{part}"] for product in products] for part in parts]
        return np.array(places), np.array([each.grace.total_seconds() / 86_400 for each in products.values()])

    @cached_property
    def recent_counts(self) -> dict[str, int]:
        """How many times each slot of latest times keeps, by its key."""
        return {slot.key: slot.count for slot in self.standing.slots if isinstance(slot, Recent)}

    @cached_property
    def window_plan(self) -> WindowPlan:
        """Where the answers of the windows come from."""
        return WindowPlan(self.event_windows, self.standing.offsets, self.recent_counts)

    @cached_property
    def reports(self) -> tuple[str, ...]:
        """What reports are kept about, in their order."""
        return report_keys(self.workspace)

    @cached_property
    def report_columns(self) -> tuple[tuple[np.ndarray, np.ndarray], ...]:
        """For when a report was told, its kind, what settles and what ends it: their places in the standing state, one
        for each of `reports`, and whether there is such a column.
        """
        offsets = self.standing.offsets
        suffixes = ("__reported__at", "__reported__reported", "__settled__1", "__ended__1")
        places = [np.array([offsets.get(f"{key}{suffix}", -1) for key in self.reports]) for suffix in suffixes]
        return tuple((np.maximum(found, 0), found >= 0) for found in places)
