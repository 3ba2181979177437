"""Whether what is served equals history: features of the hot states against those folded from all events."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

import numpy as np
import polars as pl

from features.configuration import Configuration
from features.history import profile_rows, states_at
from features.lake import latest_profiles
from features.value import feature_frame, value_at
from serving.composition import Composition
from serving.people.contact import Contact
from serving.people.contact_frames import contact_frame, contacts_of

BAR = 1e-9
"""Relative difference up to which two values are the same."""

_CHUNK = 2_000


@dataclass(frozen=True)
class Difference:
    """How far two frames are apart.

    worst: the greatest relative difference of a value, infinite where one is missing or another text; where that is
    (`customer_id`, `feature`), and how many values differ by more than `BAR`.
    """

    values: int
    worst: float
    customer_id: str | None
    feature: str | None
    beyond: int


def online(parts: Composition, ids: Sequence[str], now: datetime) -> pl.DataFrame:
    """The features of customers as they would be served at `now`."""
    layout, frames = parts.configuration.layout, []
    for start in range(0, len(ids), _CHUNK):
        state = parts.hot.read(parts.client, ids[start : start + _CHUNK])
        sheet = value_at(layout, state.profile, state.interactions, state.standing, now)
        frames.append(pl.DataFrame({"customer_id": ids[start : start + _CHUNK]}).hstack(sheet.frame()))
    return pl.concat(frames)


def historical(
    configuration: Configuration, customers: pl.DataFrame, events: pl.DataFrame, merged: Mapping[str, str],
    ids: Sequence[str], now: datetime,
) -> pl.DataFrame:  # fmt: skip
    """The same of all customer records and events, each event once.

    merged: for an id that was merged away, the one it went into, maybe over several steps. ids: those that are kept.
    """
    workspace, layout = configuration.workspace, configuration.layout
    final = {customer_id: final_id(merged, customer_id) for customer_id in merged}
    asked = pl.Series("customer_id", list(ids), dtype=pl.String)
    latest = latest_profiles(workspace, customers).with_columns(said=pl.lit(None, pl.String()))
    records = contact_frame(workspace, _joined(contacts_of(workspace, latest), final))
    known = profile_rows(layout, records).drop("at")
    profile = asked.to_frame().join(known, on="customer_id", how="left", maintain_order="left")
    own = events.with_columns(pl.col("customer_id").replace(final)) if final else events
    states = [states_at(workspace, view, asked, own) for view in (layout.interactions, layout.standing)]
    return feature_frame(layout, profile, states[0], states[1], now)


def merged_ids(parts: Composition) -> dict[str, str]:
    """For every id that was merged away, the one it went into."""
    found: Mapping[bytes, bytes] = parts.client.hgetall(parts.keyspace.merged)  # type: ignore[assignment]
    return {old.decode(): new.decode() for old, new in found.items()}


def _joined(contacts: Iterable[Contact], final: Mapping[str, str]) -> Iterable[Contact]:
    """One record per person, later ones above earlier ones."""
    people: dict[str, Contact] = {}
    for contact in sorted(contacts, key=lambda contact: contact.at):
        kept = replace(contact, customer_id=final.get(contact.customer_id, contact.customer_id))
        people[kept.customer_id] = people[kept.customer_id].joined(kept) if kept.customer_id in people else kept
    return people.values()


def difference(left: pl.DataFrame, right: pl.DataFrame) -> Difference:
    """Of two feature frames of the same customers in the same order."""
    found = {name: _apart(left[name], right[name]) for name in left.columns if name != "customer_id"}
    feature = max(found, key=lambda name: float(found[name].max(initial=0.0)))
    row = int(found[feature].argmax())
    worst = float(found[feature][row])
    beyond = sum(int((apart > BAR).sum()) for apart in found.values())
    customer_id = left["customer_id"][row] if worst else None
    return Difference(sum(map(len, found.values())), worst, customer_id, feature if worst else None, beyond)


def _apart(left: pl.Series, right: pl.Series) -> np.ndarray:
    """Relative difference per row."""
    if not left.dtype.is_float():
        return np.where(left.eq_missing(right).to_numpy(), 0.0, np.inf)
    a, b = left.fill_null(np.nan).to_numpy(), right.fill_null(np.nan).to_numpy()
    scale = np.maximum(np.maximum(np.abs(a), np.abs(b)), np.finfo(float).tiny)
    apart = np.where(np.isnan(a) & np.isnan(b), 0.0, np.abs(a - b) / scale)
    return np.nan_to_num(apart, nan=np.inf, posinf=np.inf)


def final_id(merged: Mapping[str, str], customer_id: str) -> str:
    """The id under which a customer is kept in the end.

    >>> final_id({"a": "b", "b": "c"}, "a")
    'c'
    """
    while customer_id in merged:
        customer_id = merged[customer_id]
    return customer_id
