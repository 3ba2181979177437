"""Scores for a handful of customers: the one path of requests, stream worker and sweeps."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import polars as pl
import redis
from typing_extensions import TypedDict

from features.configuration import Configuration
from features.hot import CustomerState, HotFeatures
from features.value import value_at
from leads.contact.policy import CALLBACK_DUE, NUMBER_RESTS, REACHED, RETRY_DUE
from models.bundle import Bundle
from models.scoring import score_frame
from serving.calls.attempt_records import AttemptRecords
from serving.calls.promise import Promise
from serving.calls.promises import Promises
from serving.clock import microseconds
from serving.people.contacts import Contacts
from serving.people.reach import Reach
from serving.scoring.dialable import dialable
from serving.scoring.models import Models


@dataclass(frozen=True)
class Scored:
    """n customers with their features and scores at `now`. Row i of everything is the same customer.

    frame: the feature frame with a score column per objective and product, a column for each effect of contact,
    `timezone`, `callback_due`, `retry_due`, `number_rests`, and whether there is an address of each kind.
    contacts: how they are reached, but for numbers that rest.
    promises: the callbacks that they were promised, whether they are due yet or not. retries: from when they are tried
    again after a call that reached nobody.
    """

    customer_ids: Sequence[str]
    contacts: Sequence[Reach | None]
    state: CustomerState
    frame: pl.DataFrame
    now: datetime
    promises: Sequence[Promise | None]
    retries: Sequence[datetime | None]

    @property
    def whenever(self) -> pl.DataFrame:
        """The frame as if promised callbacks and retries were due already."""
        if not any(self.promises) and not any(self.retries):
            return self.frame
        promised, tried = ([call is not None for call in calls] for calls in (self.promises, self.retries))
        return _with_due(self.frame, promised, tried)


class FeatureAge(TypedDict):
    profile: float | None
    interactions: float | None


def ages(scored: Scored, row: int) -> FeatureAge:
    """How long ago, in seconds, the profile was told and the last event happened; None for never."""
    now = microseconds(scored.now)
    return {
        "profile": _age(now, scored.state.profile_at[row]),
        "interactions": _age(now, scored.state.interactions_at[row]),
    }


def _age(now: int, at: float) -> float | None:
    return None if math.isnan(at) else max(0.0, (now - float(at)) / 1e6)


Due = tuple[Sequence[Promise | None], Sequence[datetime | None]]
"""Of n customers the callbacks that were promised, and from when who was not reached is tried again."""


class Scorer:
    """From customer ids to scores: state → features → scores."""

    def __init__(
        self,
        client: redis.Redis,
        configuration: Configuration,
        hot: HotFeatures,
        contacts: Contacts,
        models: Models,
        attempt_records: AttemptRecords,
        promises: Promises,
    ) -> None:
        self._client = client
        self.configuration = configuration
        self.models = models
        self._hot = hot
        self._contacts = contacts
        self._attempt_records = attempt_records
        self._promises = promises

    def score(self, customer_ids: Sequence[str], now: datetime) -> Scored:
        """Score customers that are known; ids are those that survive merges."""
        contacts = self._contacts.reach(customer_ids)
        return self.score_state(customer_ids, contacts, self._hot.read(self._client, customer_ids), now)

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
        layout = self.configuration.layout
        features = value_at(layout, state.profile, state.interactions, state.standing, now)
        zones = [None if contact is None else contact.timezone for contact in contacts]
        frame = scored_frame(self.models.bundles, self.configuration, features)
        promises, retries = due or self.due(customer_ids)
        callbacks = [promise is not None and promise.due <= now for promise in promises]
        frame = _with_due(frame, callbacks, [retry is not None and retry <= now for retry in retries])
        numbers = dialable(layout, self._contacts.numbers, contacts, state)
        rests = pl.Series(NUMBER_RESTS, numbers.rests, dtype=pl.Boolean)
        frame = frame.with_columns(pl.Series("timezone", zones, dtype=pl.String), rests, *_reached(contacts))
        return Scored(customer_ids, numbers.contacts, state, frame, now, promises, retries)

    def agreed(self, contacts: Sequence[Reach | None], state: CustomerState) -> Sequence[bool]:
        """Who agreed to calls after whatever was said at one of their numbers."""
        return dialable(self.configuration.layout, self._contacts.numbers, contacts, state).agreed

    def due(self, customer_ids: Sequence[str]) -> Due:
        """Which callbacks they were promised, and from when they are tried again."""
        return self._promises.of(customer_ids), self._attempt_records.retries(customer_ids)


def _reached(contacts: Sequence[Reach | None]) -> list[pl.Series]:
    """Where each customer can be reached."""
    return [
        pl.Series(column, [contact is not None and contact.has(kind) for contact in contacts], dtype=pl.Boolean)
        for kind, column in REACHED.items()
    ]


def _with_due(frame: pl.DataFrame, callbacks: Sequence[bool], retries: Sequence[bool]) -> pl.DataFrame:
    due = {CALLBACK_DUE: callbacks, RETRY_DUE: retries}
    return frame.with_columns(pl.Series(name, values, dtype=pl.Boolean) for name, values in due.items())


def scored_frame(bundles: Mapping[str, Bundle], configuration: Configuration, features: pl.DataFrame) -> pl.DataFrame:
    """Features with all columns of scores and effects; those of an objective without a model, or without an effect that
    is used, are null.
    """
    frame = score_frame(bundles, configuration.layout, features)
    there = set(frame.columns)
    absent = [
        pl.lit(None, pl.Float64).alias(column)
        for column in (*configuration.score_columns, *configuration.effect_columns)
        if column not in there
    ]
    return frame.with_columns(absent) if absent else frame
