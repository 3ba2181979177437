"""The single transform: state and a moment in, features out. History and now both pass through here."""

from __future__ import annotations

from datetime import datetime

import numpy as np
import polars as pl

from features.consents import consents_at
from features.layout import FeatureLayout
from features.policy_book import book_at
from features.reports import reported
from features.slots import DAY
from leads.actions.reports import AS_REPORTED
from leads.sheet.missing import zero_where_missing
from leads.sheet.sheet import Sheet

_EPOCH = datetime.fromisoformat("1970-01-01T00:00:00+00:00")


def microseconds(moment: datetime) -> float:
    """A time as the states keep it: microseconds since 1970 UTC, exact in float64."""
    elapsed = moment - _EPOCH
    return float((elapsed.days * 86_400 + elapsed.seconds) * 1_000_000 + elapsed.microseconds)


def value_at(
    layout: FeatureLayout,
    profile: Sheet,
    interactions: np.ndarray,
    standing: np.ndarray,
    now: datetime | np.ndarray,
) -> Sheet:
    """The features of n customers, each at its moment.

    profile: n rows with the tags and `consent_<channel>` columns (optionally `consent_<channel>__told`, when each was
        said, in microseconds: without it any event is later).
    interactions: (n, W1) and standing: (n, W2) states up to the moment. now: one moment, or (n,) microseconds.
    Returns `layout.schema`: counts decayed to the moment (0 when never), ages in days (missing when never), last and
    usual values (missing when never told), the policy book as it stands then, the exact counts and rests that rules ask
    for, and where the customer stands: stage, segments, value tier, and the days of plays.
    """
    moments = np.full(len(profile), microseconds(now)) if isinstance(now, datetime) else now.astype(np.float64)
    values, columns = np.empty((len(layout.columns), len(profile))), layout.columns
    words = {name: profile.words.get(name, ()) for name in layout.tags if name in profile.columns.texts}
    values[columns.taken(layout.tags)] = profile.values[profile.columns.taken(layout.tags)]
    channels = layout.workspace.purposes
    values[columns.taken(layout.consents)] = consents_at(channels, layout.standing, profile, standing).T
    values[columns.taken(layout.interaction_features)] = interaction_values(layout, interactions, moments).T
    book = None
    if layout.has_book:
        book = book_at(layout, standing, moments)
        values[columns.taken(layout.book_numbers)] = book.numbers.T
        values[columns.taken(layout.book_flags)] = book.active.T
        values[columns.places["policy_next_product"]] = book.nearest
        words["policy_next_product"] = tuple(layout.workspace.products)
    if layout.event_windows:
        values[columns.taken(tuple(layout.window_schema))] = layout.window_plan.answers(standing, moments).T
    if layout.reports:
        told, following = reported(layout, standing, moments, book)
        values[columns.taken(layout.reported_features)] = told.T
        if AS_REPORTED + "policy_next_product" in columns:
            values[columns.places[AS_REPORTED + "policy_next_product"]] = following
            words[AS_REPORTED + "policy_next_product"] = tuple(layout.workspace.products)
    return layout.derive(values, words)


def feature_frame(
    layout: FeatureLayout,
    profile: pl.DataFrame,
    interactions: np.ndarray,
    standing: np.ndarray,
    now: datetime | np.ndarray,
) -> pl.DataFrame:
    """What `value_at` gives, as Polars' frame with the `customer_id` of each profile."""
    known = Sheet.of(profile.drop("customer_id"))
    return profile.select("customer_id").hstack(value_at(layout, known, interactions, standing, now).frame())


def interaction_values(layout: FeatureLayout, state: np.ndarray, now: np.ndarray) -> np.ndarray:
    """The numbers behind `layout.interaction_features`: (n, features), NaN where missing."""
    plan = layout.plan
    values = np.empty((len(state), len(layout.interaction_features)))
    age = zero_where_missing(now[:, None] - state[:, plan.decay_last])
    values[:, plan.decay_to] = state[:, plan.decay_from] * np.exp2(-age / plan.decay_half_life)
    values[:, plan.since_to] = (now[:, None] - state[:, plan.since_from]) / DAY
    values[:, plan.copy_to] = state[:, plan.copy_from]
    if len(plan.usual_to):
        count = state[:, plan.usual_count]
        mean = np.divide(state[:, plan.usual_logs], count, out=np.full(count.shape, np.nan), where=count > 0)
        values[:, plan.usual_to] = np.expm1(mean)
    return values
