"""What is kept of a customer and the features that come of it, laid out from the workspace."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import polars as pl

from features.consents import column, time_column
from features.described import (
    OF_PRODUCT,
    OFFERS,
    ROW_PRODUCT,
    THIS,
    TOTALS,
    event_features,
    policy_column,
    policy_features,
    profile_features,
    row_policy_features,
)
from features.event_windows import WindowPlan
from features.fold_plan import FoldPlan
from features.profiling import PROFILED
from features.recent import Recent
from features.sayings import meaning, spoken_in
from features.slots import Counter, Register, Slot, StateLayout
from leads.actions.reports import AS_REPORTED, CALLED, REPORTED, as_reported, can_report, reported_column
from leads.actions.reports import NEXT as REPORTED_NEXT
from leads.actions.reports import UNNAMED as REPORTED_UNNAMED
from leads.configuration.lifecycle import Lifecycle
from leads.configuration.rules import Rule
from leads.configuration.workspace import EventType, Workspace
from leads.contact.event_windows import EventWindow, Selection, Since, wanted
from leads.reasons.feature import Feature
from leads.reasons.repertoire import Repertoire
from leads.sheet.columns import Columns
from leads.sheet.program import Program
from leads.sheet.sheet import Sheet, Words


def interactions_layout(workspace: Workspace) -> StateLayout:
    """Counters over everything that happens with a customer, and the last values that came with it."""
    slots: list[Slot] = []
    interactions = tuple(e.name for e in workspace.events.values() if e.interaction)
    if interactions:
        slots.append(Counter("any", interactions, workspace.any_half_lives))
    for event in workspace.events.values():
        if event.half_lives:
            slots.extend(_event_slots(event))
    return StateLayout("interactions", tuple(slots))


def _event_slots(event: EventType) -> Iterable[Slot]:
    yield Counter(event.column, (event.name,), event.half_lives, event.values, usual=event.usual)
    for value in event.values:
        yield Register(f"{event.column}__{value}", (event.name,), (value,))
    for by_value in event.by_values if event.by else ():
        yield Counter(f"{event.column}__{by_value}", (event.name,), event.half_lives, (), event.by, by_value)


def standing_layout(workspace: Workspace, event_windows: Sequence[EventWindow] = ()) -> StateLayout:
    """The policy book, a register per product line, the consents, a register per channel and one for profiling, and the
    latest times that the windows ask of.
    """
    slots: list[Slot] = []
    held = _role(workspace, "purchased") + _role(workspace, "renewed")
    lapsed = _role(workspace, "lapsed")
    for product in workspace.products if held else ():
        slots.append(Counter(f"{product}__held", held, by="product", by_value=product))
        slots.append(Register(f"{product}__book", held, ("expires", "premium"), "product", (product,)))
        slots.append(Counter(f"{product}__lapsed", lapsed, by="product", by_value=product))
    for purpose in workspace.purposes:
        if sayings := spoken_in(workspace, purpose):
            # Of a yes and a no at the same moment the no counts, being the greater.
            slots.append(Register(column(purpose), sayings, ("refused",), "consent_channel", meaning(purpose)))
    slots.extend(_report_slots(workspace))
    for selection, count in wanted(event_windows).items():
        slots.append(Recent(selection.key, selection.events, count, selection.field, selection.values))
    return StateLayout("standing", tuple(slots))


UNNAMED = "unnamed"
"""What a report is about that names no product."""


def report_keys(workspace: Workspace) -> tuple[str, ...]:
    """What agents' reports are kept about: every product, and what they leave unnamed; nothing where none tells."""
    if not can_report(workspace.events, workspace.fields):
        return ()
    return (*(workspace.products if "product" in workspace.fields else ()), UNNAMED)


def _report_slots(workspace: Workspace) -> Iterable[Slot]:
    """The last report about each product, and the last time that the core had something that settles or ends it."""
    targets = [objective.target for objective in workspace.objectives.values()]
    settles = tuple(dict.fromkeys([*_role(workspace, "purchased"), *_role(workspace, "renewed"), *targets]))
    ends = _role(workspace, "lapsed")
    for key in report_keys(workspace):
        named = key != UNNAMED
        about = (key if named else "",)
        yield Register(f"{key}__reported", (CALLED,), ("reported",), "reported_about", about)
        yield Recent(f"{key}__settled", settles, 1, *(("product", about) if named else ()))
        if ends and named:
            yield Recent(f"{key}__ended", ends, 1, "product", about)


def target_windows(workspace: Workspace) -> list[EventWindow]:
    """When the targets of objectives that do not repeat happened last; in mode `each` of every product."""
    found: list[EventWindow] = []
    for objective in workspace.objectives.values():
        target = (objective.target,)
        if objective.had is not None and objective.product == "each":
            each = {product: Selection(target, "product", (product,)) for product in workspace.products}
            found += [Since(had_column(objective.had, product), selection) for product, selection in each.items()]
        elif objective.had is not None:
            found.append(Since(objective.had, Selection(target)))
    return found


def had_column(this: str, product: str) -> str:
    """The column of one product behind what a row says of its own.

    >>> had_column("this__had_cross_sell_days", "motor")
    'had_cross_sell__motor_days'
    """
    return f"{this.removeprefix('this__').removesuffix('_days')}__{product}_days"


def _role(workspace: Workspace, role: str) -> tuple[str, ...]:
    return tuple(event.name for event in workspace.events.values() if event.policy == role)


@dataclass(frozen=True)
class FeatureLayout:
    """The two states and the feature sheet they become, for one workspace."""

    workspace: Workspace
    interactions: StateLayout
    standing: StateLayout
    event_windows: tuple[EventWindow, ...] = ()
    days: tuple[Rule, ...] = ()

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
    def digest(self) -> str:
        """Names what is kept: it changes when a half-life or a tag does, or a cap moves far."""
        profile = hashlib.sha256(repr(sorted(self.kept_profile.items())).encode()).hexdigest()
        return f"{self.interactions.digest[:16]}{self.standing.digest[:16]}{profile[:16]}"

    @cached_property
    def profile(self) -> dict[str, pl.DataType]:
        """Tags that are features (all but texts), and the consents given with the profile."""
        return _types(profile_features(self.workspace)) | {PROFILED: pl.Boolean()}

    @cached_property
    def tags(self) -> tuple[str, ...]:
        """Of the profile's features those that are tags."""
        return tuple(name for name in self.profile if name not in set(self.consents))

    @cached_property
    def consents(self) -> tuple[str, ...]:
        """The columns of consents, by channel, and of that to profiling."""
        return tuple(column(channel) for channel in self.workspace.purposes)

    @cached_property
    def book_flags(self) -> tuple[str, ...]:
        """Whether a policy runs, by product."""
        return tuple(policy_column(product, "active") for product in self.workspace.products) if self.has_book else ()

    @cached_property
    def kept_profile(self) -> dict[str, pl.DataType]:
        """What is kept of a profile: its features, and when each consent was said."""
        return self.profile | {time_column(channel): pl.Float64() for channel in self.workspace.purposes}

    @cached_property
    def has_book(self) -> bool:
        return any(slot.key.endswith("__book") for slot in self.standing.slots)

    @cached_property
    def interaction_features(self) -> tuple[str, ...]:
        """Feature names from the interactions state, in slot order."""
        return tuple(feature.name for feature in event_features(self.interactions))

    @cached_property
    def plan(self) -> FoldPlan:
        """Where each interaction feature comes from."""
        return FoldPlan(self.interactions, self.interaction_features)

    @cached_property
    def window_plan(self) -> WindowPlan:
        """Where the answers of the windows come from."""
        return WindowPlan(self.event_windows, self.standing.offsets, self.recent_counts)

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
        return _types(policy_features(self.workspace.products)) if self.has_book else {}

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
    def recent_counts(self) -> dict[str, int]:
        """How many times each slot of latest times keeps, by its key."""
        return {slot.key: slot.count for slot in self.standing.slots if isinstance(slot, Recent)}

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

    @cached_property
    def had_features(self) -> Mapping[str, Sequence[str]]:
        """For each objective that is for each product and does not repeat, `this__had_…` → its column for each product
        in order.
        """
        asked = (goal.had for goal in self.workspace.objectives.values() if goal.product == "each")
        return {had: [had_column(had, product) for product in self.workspace.products] for had in asked if had}

    @cached_property
    def split_features(self) -> Mapping[str, Sequence[str]]:
        """For each feature kept per product, `this__…` name → its column for each product in order."""
        products = list(self.workspace.products)
        found: dict[str, list[str]] = {}
        for slot in self.interactions.slots:
            if isinstance(slot, Counter) and slot.by == "product" and slot.by_value in products:
                own = replace(slot, key=THIS + self.workspace.events[slot.events[0]].column)
                for name, column in zip(own.ages_and_counts, slot.ages_and_counts, strict=True):
                    found.setdefault(name, []).append(column)
        return {name: columns for name, columns in found.items() if len(columns) == len(products)}

    @cached_property
    def product_schema(self) -> dict[str, pl.DataType]:
        """Columns that expansion per product adds."""
        policies = row_policy_features() if self.has_book else ()
        schema = _types([ROW_PRODUCT, *OFFERS, *policies])
        return schema | dict.fromkeys([*self.split_features, *self.had_features], pl.Float64())

    @cached_property
    def product_columns(self) -> Columns:
        """Those that expansion per product adds, the product first."""
        return Columns(self.product_schema)

    @cached_property
    def product_sources(self) -> Mapping[str, Sequence[str]]:
        """Of each `this__…` column that is kept by product, its column for each product in order."""
        products = self.workspace.products
        parts = OF_PRODUCT if self.has_book else {}
        book = {THIS + part: [policy_column(product, part) for product in products] for part in parts}
        return {**self.split_features, **self.had_features, **book}

    @cached_property
    def offers(self) -> np.ndarray:
        """(2, products) what each is sold for and leaves."""
        return np.array([(item.price, item.margin) for item in self.workspace.products.values()]).reshape(-1, 2).T


def _types(features: Iterable[Feature]) -> dict[str, pl.DataType]:
    return {feature.name: feature.dtype for feature in features}
