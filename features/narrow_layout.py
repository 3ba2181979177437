"""A layout of which somebody reads little: the same states, and a sheet of what it takes to know some columns."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

import polars as pl

from features.layout import FeatureLayout
from features.profiling import PROFILED
from leads.configuration.lifecycle import Lifecycle


@dataclass(frozen=True)
class NarrowLayout(FeatureLayout):
    """Without windows, counters and `this__…` columns that are not `read`; nothing of what agents reported, of stages
    and of plays.
    """

    whole: FeatureLayout = field(kw_only=True)
    read: frozenset[str] = field(kw_only=True)

    @classmethod
    def reading(cls, layout: FeatureLayout, columns: Iterable[str]) -> FeatureLayout:
        """The layout for whoever reads these columns, those that expansion per product adds among them; the whole one
        where it takes more to know them.
        """
        asked = {PROFILED, *columns}
        read = frozenset(asked.union(*(layout.product_sources.get(name, ()) for name in asked)))
        windows = tuple(window for window in layout.event_windows if window.feature in read)
        narrow = cls(layout.workspace, layout.interactions, layout.standing, windows, whole=layout, read=read)
        return narrow if read <= narrow.schema.keys() | narrow.product_schema.keys() else layout

    @cached_property
    def interaction_features(self) -> tuple[str, ...]:
        return tuple(name for name in self.whole.interaction_features if name in self.read)

    @cached_property
    def reports(self) -> tuple[str, ...]:
        return ()

    @cached_property
    def lifecycle(self) -> Lifecycle:
        return Lifecycle()

    @cached_property
    def product_sources(self) -> Mapping[str, Sequence[str]]:
        return {name: columns for name, columns in self.whole.product_sources.items() if name in self.read}

    @cached_property
    def product_schema(self) -> dict[str, pl.DataType]:
        left_out = self.whole.product_sources.keys() - self.read
        return {name: dtype for name, dtype in self.whole.product_schema.items() if name not in left_out}
