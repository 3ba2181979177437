"""Scores for a handful of customers: the one path of requests, stream worker and sweeps."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

import numpy as np
from typing_extensions import TypedDict

from features.configuration import Configuration
from features.hot import CustomerState, HotFeatures
from features.layout import FeatureLayout
from features.narrow_layout import NarrowLayout
from features.value import value_at
from leads.contact.policy import CALLBACK_DUE, NUMBER_RESTS, REACHED, RETRY_DUE
from leads.sheet.columns import FLAG, NUMBER, TEXT
from leads.sheet.sheet import Sheet, coded
from models.bundle import Bundle
from models.columns_read import columns_read
from models.scoring import score_sheet
from serving.calls.attempt_records import AttemptRecords, retries_of
from serving.calls.promise import Promise
from serving.calls.promises import Promises, promises_of
from serving.clock import microseconds
from serving.people.contacts import Contacts
from serving.people.reach import Reach
from serving.people.resting_numbers import NO_NUMBERS
from serving.scoring.dialable import dialable
from serving.scoring.dossiers import DossierFiles, Dossiers
from serving.scoring.models import Models

Value = TypeVar("Value")


@dataclass(frozen=True)
class ScoredStates:
    """n customers with their scores and effects of contact at `now`, and what features it takes to know them. Row i of
    everything is the same customer.
    """

    customer_ids: Sequence[str]
    state: CustomerState
    sheet: Sheet
    now: datetime


@dataclass(frozen=True)
class Scored(ScoredStates):
    """n customers with all that decisions go by at `now`.

    sheet: the feature sheet with a score column per objective and product, a column for each effect of contact,
    `timezone`, `callback_due`, `retry_due`, `number_rests`, and whether there is an address of each kind.
    contacts: how they are reached, but for numbers that rest.
    promises: the callbacks that they were promised, whether they are due yet or not. retries: from when they are tried
    again after a call that reached nobody. shifts: log-odds that recent outcomes added to scores, by objective.
    """

    contacts: Sequence[Reach | None]
    promises: Sequence[Promise | None]
    retries: Sequence[datetime | None]
    shifts: Mapping[str, float]

    def taken(self, rows: Sequence[int]) -> Scored:
        """Some of the customers."""
        if len(rows) == len(self.customer_ids):
            return self
        return Scored(
            _some(self.customer_ids, rows), self.state.taken(rows), self.sheet.taken(rows), self.now,
            _some(self.contacts, rows), _some(self.promises, rows), _some(self.retries, rows), self.shifts,
        )  # fmt: skip

    @property
    def whenever(self) -> Sheet:
        """The sheet as if promised callbacks and retries were due already."""
        if not any(self.promises) and not any(self.retries):
            return self.sheet
        due = [[call is not None for call in calls] for calls in (self.promises, self.retries)]
        return self.sheet.plus(_DUE, np.array(due, dtype=np.float64))


def _some(values: Sequence[Value], rows: Sequence[int]) -> list[Value]:
    return [values[row] for row in rows]


class FeatureAge(TypedDict):
    profile: float | None
    interactions: float | None


def ages(scored: ScoredStates) -> list[FeatureAge]:
    """How long ago, in seconds, each profile was told and each last event happened; None for never."""
    now = microseconds(scored.now)
    profile, interactions = (_ages(now, at) for at in (scored.state.profile_at, scored.state.interactions_at))
    return [{"profile": told, "interactions": last} for told, last in zip(profile, interactions, strict=True)]


def _ages(now: int, at: np.ndarray) -> list[float | None]:
    return [None if age != age else age for age in np.maximum(0.0, (now - at) / 1e6).tolist()]


Due = tuple[Sequence[Promise | None], Sequence[datetime | None]]
"""Of n customers the callbacks that were promised, and from when who was not reached is tried again."""


class Scorer:
    """From customer ids to scores: state → features → scores."""

    def __init__(
        self,
        configuration: Configuration,
        files: DossierFiles,
        hot: HotFeatures,
        contacts: Contacts,
        models: Models,
        attempt_records: AttemptRecords,
        promises: Promises,
    ) -> None:
        self.configuration = configuration
        self._files = files
        self.models = models
        self._hot = hot
        self._contacts = contacts
        self._attempt_records = attempt_records
        self._promises = promises
        self._read: tuple[Mapping[str, str], FeatureLayout] = ({}, configuration.layout)

    def score(self, customer_ids: Sequence[str], now: datetime) -> Scored:
        """Score customers that are known, under the ids that survive merges."""
        return self.score_dossiers(self._files.read(customer_ids), now)

    def score_dossiers(self, dossiers: Dossiers, now: datetime) -> Scored:
        """Score customers whose dossiers are in hand."""
        contacts, state = self._contacts.reached(dossiers.contacts), self._hot.unpacked(*dossiers.views)
        due = promises_of(dossiers.promises, dossiers.behind), retries_of(dossiers.retries)
        return self._scored(dossiers.customer_ids, contacts, state, now, due, dossiers.numbers_rest)

    def scores(self, dossiers: Dossiers, now: datetime) -> ScoredStates:
        """Scores and effects alone, equal to those that decisions go by."""
        state, layout = self._hot.unpacked(*dossiers.views), self._layout_read()
        features = value_at(layout, state.profile, state.interactions, state.standing, now)
        sheet = score_sheet(self.models.at(now), layout, features, beside=False)
        return ScoredStates(dossiers.customer_ids, state, sheet, now)

    def _layout_read(self) -> FeatureLayout:
        """What the models in use read of the layout."""
        versions, (known, layout) = self.models.versions, self._read
        if versions != known:
            objectives = self.configuration.workspace.objectives
            read = [c for name, bundle in self.models.bundles.items() for c in columns_read(bundle, objectives[name])]
            layout = NarrowLayout.reading(self.configuration.layout, read)
            self._read = (versions, layout)
        return layout

    def score_state(
        self,
        customer_ids: Sequence[str],
        contacts: Sequence[Reach | None],
        state: CustomerState,
        now: datetime,
        due: Due | None = None,
    ) -> Scored:
        """Score states that are in hand, such as those about to be written. due: their calls, where those are about to
        be written too.
        """
        return self._scored(customer_ids, contacts, state, now, due or self.due(customer_ids), True)

    def _scored(
        self, customer_ids: Sequence[str], contacts: Sequence[Reach | None], state: CustomerState, now: datetime,
        due: Due, numbers_rest: bool,
    ) -> Scored:  # fmt: skip
        """numbers_rest: whether any number does; else nobody's need be looked up."""
        layout = self.configuration.layout
        features = value_at(layout, state.profile, state.interactions, state.standing, now)
        bundles = self.models.at(now)
        scored = scored_sheet(bundles, self.configuration, features)
        promises, retries = due
        numbers = dialable(layout, self._contacts.numbers if numbers_rest else NO_NUMBERS, contacts, state)
        words, zones = coded([None if contact is None else contact.timezone for contact in contacts])
        told = [
            [promise is not None and promise.due <= now for promise in promises],
            [retry is not None and retry <= now for retry in retries],
            numbers.rests,
            *([contact is not None and contact.has(kind) for contact in contacts] for kind in REACHED),
        ]
        values = np.array([*told, zones], dtype=np.float64)
        sheet = scored.plus(_BESIDE, values, {"timezone": words})
        shifts = {name: bundle.shift for name, bundle in bundles.items() if bundle.shift}
        return Scored(customer_ids, state, sheet, now, numbers.contacts, promises, retries, shifts)

    def agreed(self, contacts: Sequence[Reach | None], state: CustomerState) -> Sequence[bool]:
        """Who agreed to calls after whatever was said at one of their numbers."""
        return dialable(self.configuration.layout, self._contacts.numbers, contacts, state).agreed

    def due(self, customer_ids: Sequence[str]) -> Due:
        """Which callbacks they were promised, and from when they are tried again."""
        return self._promises.of(customer_ids), self._attempt_records.retries(customer_ids)


_DUE = {CALLBACK_DUE: FLAG, RETRY_DUE: FLAG}
_BESIDE = {**_DUE, NUMBER_RESTS: FLAG, **dict.fromkeys(REACHED.values(), FLAG), "timezone": TEXT}
"""What decisions rest on beside features and scores."""


def scored_sheet(bundles: Mapping[str, Bundle], configuration: Configuration, features: Sheet) -> Sheet:
    """Features with all columns of scores and effects; those of an objective without a model, or without an effect that
    is used, are missing.
    """
    sheet = score_sheet(bundles, configuration.layout, features)
    columns = (*configuration.score_columns, *configuration.effect_columns)
    absent = dict.fromkeys(sheet.columns.lacking(columns), NUMBER)
    return sheet.plus(absent, np.full((len(absent), len(sheet)), np.nan)) if absent else sheet
