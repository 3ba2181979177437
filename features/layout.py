"""What is kept of a customer and the features that come of it, laid out from the workspace."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import polars as pl

from features.described import (
    OF_PRODUCT,
    OFFERS,
    ROW_PRODUCT,
    TOTALS,
    column_types,
    event_features,
    policy_column,
    policy_features,
    profile_features,
    row_policy_features,
)
from features.fold_plan import FoldPlan
from features.product_columns import ProductColumns
from features.profiling import PROFILED
from features.state_layouts import interactions_layout, standing_layout, target_windows
from leads.actions.reports import AS_REPORTED, REPORTED, as_reported, reported_column
from leads.actions.reports import NEXT as REPORTED_NEXT
from leads.actions.reports import UNNAMED as REPORTED_UNNAMED
from leads.configuration.lifecycle import Lifecycle
from leads.configuration.rules import Rule
from leads.configuration.workspace import Workspace
from leads.contact.event_windows import EventWindow
from leads.reasons.feature import Feature
from leads.reasons.repertoire import Repertoire
from leads.sheet.columns import Columns
from leads.sheet.program import Program
from leads.sheet.sheet import Sheet, Words


@dataclass(frozen=True)
class FeatureLayout(ProductColumns):
    """The two states and the feature sheet they become, for one workspace."""

    @classmethod
    def of(
        cls, workspace: Workspace, event_windows: Sequence[EventWindow] = (), days: Sequence[Rule] = ()
    ) -> FeatureLayout:
        """The layout of a workspace; event_windows: what the action catalogue asks of the exact times of events;
        days: the day of each of its plays.
        """
        asked = tuple(dict.fromkeys([*event_windows, *target_windows(workspace)]))
        return cls(workspace, interactions_layout(workspace), standing_layout(workspace, asked), asked, tuple(days))

    @cached_property
    def interaction_features(self) -> tuple[str, ...]:
        """Feature names from the interactions state, in slot order."""
        return tuple(feature.name for feature in event_features(self.interactions))

    @cached_property
    def plan(self) -> FoldPlan:
        """Where each interaction feature comes from."""
        return FoldPlan(self.interactions, self.interaction_features)

    @cached_property
    def book_numbers(self) -> tuple[str, ...]:
        """The numbers of the policy book: in all, then by product."""
        if not self.has_book:
            return ()
        totals = (feature.name for feature in TOTALS if feature.dtype == pl.Float64)
        parts = (part for part, (_, dtype) in OF_PRODUCT.items() if dtype == pl.Float64)
        return (*totals, *(policy_column(product, part) for part in parts for product in self.workspace.products))

    @cached_property
    def book_schema(self) -> dict[str, pl.DataType]:
        """Features of the policy book; empty where the workspace keeps none."""
        return column_types(policy_features(self.workspace.products)) if self.has_book else {}

    @cached_property
    def described(self) -> Mapping[str, Feature]:
        """Every feature that a model may read, by name, those of the row's product too."""
        own = [*profile_features(self.workspace), *event_features(self.interactions)]
        if self.has_book:
            own += [*policy_features(self.workspace.products), *row_policy_features()]
        found = {feature.name: feature for feature in [*own, ROW_PRODUCT, *OFFERS]}
        return found | {name: found[columns[0]].of_row(name) for name, columns in self.split_features.items()}

    @cached_property
    def repertoire(self) -> Repertoire:
        """What the features can tell of."""
        return Repertoire(self.workspace, self.described)

    @cached_property
    def schema(self) -> dict[str, pl.DataType]:
        """The customer feature sheet's columns, `customer_id` aside."""
        return self.staged_schema | dict.fromkeys((day.name for day in self.days), pl.Float64())

    @cached_property
    def staged_schema(self) -> dict[str, pl.DataType]:
        """The columns that the days of plays may read: all others."""
        return self.told_schema | self.lifecycle.schema

    @cached_property
    def lifecycle(self) -> Lifecycle:
        """Where customers stand."""
        return self.workspace.lifecycle

    @cached_property
    def columns(self) -> Columns:
        """Those of `schema`: first what comes of the states alone, then where each customer stands."""
        return Columns(self.schema)

    @cached_property
    def _told(self) -> Columns:
        return Columns(self.told_schema)

    @cached_property
    def _staged(self) -> Columns:
        return Columns(self.staged_schema)

    def derive(self, values: np.ndarray, words: Words) -> Sheet:
        """The sheet of (columns, n) values of which those of `told_schema` are told, with where each customer stands:
        stage, segments, value tier, days of plays.
        """
        told, staged = len(self._told), len(self._staged)
        known = as_reported(Sheet(self._told, values[:told], words))
        values[told:staged], more = self.lifecycle.of(known)
        words = {**words, **more}
        if self.days:
            whole = Sheet(self._staged, np.vstack([known.values, values[told:staged]]), {**known.words, **more})
            values[staged:] = self._plays.numbers(whole, range(len(self.days)))
        return Sheet(self.columns, values, words)

    @cached_property
    def _plays(self) -> Program:
        return Program([day.expression for day in self.days])

    @cached_property
    def told_schema(self) -> dict[str, pl.DataType]:
        """The columns that come of the states alone, before anything is told of where a customer stands."""
        interactions = dict.fromkeys(self.interaction_features, pl.Float64())
        return self.profile | interactions | self.book_schema | self.window_schema | self.reported_schema

    @cached_property
    def reported_features(self) -> tuple[str, ...]:
        """Numbers that come of what agents reported: days since, and the policy book as reported."""
        if not self.reports:
            return ()
        since = (REPORTED, REPORTED_UNNAMED, *map(reported_column, self.reports[:-1]))
        if not self.has_book:
            return since
        flags = [policy_column(product, "active") for product in self.workspace.products]
        return (*since, REPORTED_NEXT, *(AS_REPORTED + name for name in (*self.book_numbers, *flags)))

    @cached_property
    def reported_schema(self) -> dict[str, pl.DataType]:
        """For rules, stages and plays: what agents reported that the core has not said yet."""
        numbers: dict[str, pl.DataType] = dict.fromkeys(self.reported_features, pl.Float64())
        return numbers | ({AS_REPORTED + "policy_next_product": pl.String()} if REPORTED_NEXT in numbers else {})

    @cached_property
    def window_schema(self) -> dict[str, pl.DataType]:
        """What rules ask of the exact times of events."""
        return dict.fromkeys((window.feature for window in self.event_windows), pl.Float64())

    @cached_property
    def for_rules(self) -> frozenset[str]:
        """Columns that no model reads: they say what we did under a policy, or repeat what other features say."""
        return frozenset(self.schema).difference(self.told_schema) | {
            *self.window_schema,
            *self.reported_schema,
            *self.had_features,
            PROFILED,
        }
