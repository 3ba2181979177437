"""The single transform: state and a moment in, features out. History and now both pass through here."""

from __future__ import annotations

from datetime import datetime

import numpy as np
import polars as pl

from features.assembly import flag_frame, in_order, number_frame
from features.consents import column, consents_at
from features.event_windows import window_answers
from features.layout import FeatureLayout
from features.policy_book import book_at
from features.reports import reported
from features.slots import DAY
from leads.actions.reports import AS_REPORTED

_EPOCH = datetime.fromisoformat("1970-01-01T00:00:00+00:00")


def microseconds(moment: datetime) -> float:
    """A time as the states keep it: microseconds since 1970 UTC, exact in float64."""
    elapsed = moment - _EPOCH
    return float((elapsed.days * 86_400 + elapsed.seconds) * 1_000_000 + elapsed.microseconds)


def value_at(
    layout: FeatureLayout,
    profile: pl.DataFrame,
    interactions: np.ndarray,
    standing: np.ndarray,
    now: datetime | np.ndarray,
) -> pl.DataFrame:
    """The features of n customers, each at its moment.

    profile: n rows with `customer_id`, the tags and `consent_<channel>` columns (optionally `consent_<channel>__told`,
        when each was said, in microseconds: without it any event is later).
    interactions: (n, W1) and standing: (n, W2) states up to the moment. now: one moment, or (n,) microseconds.
    Returns `customer_id` and `layout.schema`: counts decayed to the moment (0 when never), ages in days (null when
    never), last and usual values (null when never told), the policy book as it stands then, the exact counts and rests
    that rules ask for, and where the customer stands: stage, segments, value tier, and the days of plays.
    """
    moments = np.full(len(profile), microseconds(now)) if isinstance(now, datetime) else now.astype(np.float64)
    tags = [name for name in layout.profile if not name.startswith("consent_")]
    names, numbers = list(layout.interaction_features), [interaction_values(layout, interactions, moments)]
    channels = layout.workspace.channels
    said = flag_frame([column(c) for c in channels], consents_at(channels, layout.standing, profile, standing))
    parts = [profile[["customer_id", *tags]], said]
    book = None
    if layout.has_book:
        book = book_at(layout, standing, moments)
        names += book.names
        numbers.append(book.numbers)
        parts += [book.flags(layout), book.next_product.to_frame()]
    if layout.event_windows:
        names += list(layout.window_schema)
        numbers.append(window_answers(layout, standing, moments))
    if layout.reports:
        told, following = reported(layout, standing, moments, book)
        names += layout.reported_features
        numbers.append(told)
        parts.append(following.alias(f"{AS_REPORTED}policy_next_product").to_frame())
    by_column = np.vstack([part.T for part in numbers])
    parts.append(number_frame(names, by_column.T))
    return layout.derive(in_order(parts, ["customer_id", *layout.told_schema]))


def interaction_values(layout: FeatureLayout, state: np.ndarray, now: np.ndarray) -> np.ndarray:
    """The numbers behind `layout.interaction_features`: (n, features), NaN where missing."""
    plan = layout.plan
    values = np.empty((len(state), len(layout.interaction_features)))
    age = np.nan_to_num(now[:, None] - state[:, plan.decay_last], nan=0.0)
    values[:, plan.decay_to] = state[:, plan.decay_from] * np.exp2(-age / plan.decay_half_life)
    values[:, plan.since_to] = (now[:, None] - state[:, plan.since_from]) / DAY
    values[:, plan.copy_to] = state[:, plan.copy_from]
    if len(plan.usual_to):
        count = state[:, plan.usual_count]
        mean = np.divide(state[:, plan.usual_logs], count, out=np.full(count.shape, np.nan), where=count > 0)
        values[:, plan.usual_to] = np.expm1(mean)
    return values
