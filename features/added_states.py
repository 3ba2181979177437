"""Customers who turn out to be one: their states added up, as if all events had been one's."""

from __future__ import annotations

from dataclasses import replace
from functools import reduce

import numpy as np

from features.hot import CustomerState
from features.layout import FeatureLayout
from features.recent import Recent, merge_recent
from features.slots import Counter, StateLayout


def as_one(layout: FeatureLayout, state: CustomerState) -> CustomerState:
    """The state of the first of n customers, n > 0, as if all events of all of them had been theirs."""
    rows = range(len(state.interactions))
    interactions = [state.interactions[row : row + 1] for row in rows]
    standing = [state.standing[row : row + 1] for row in rows]
    return replace(
        state.taken([0]),
        interactions=reduce(lambda one, other: merged_state(layout.interactions, one, other), interactions),
        standing=reduce(lambda one, other: merged_state(layout.standing, one, other), standing),
        interactions_at=np.fmax.reduce(state.interactions_at, keepdims=True),
    )


def merged_state(layout: StateLayout, left: np.ndarray, right: np.ndarray) -> np.ndarray:
    """The state (n, width) after the events of both; no event may be in both."""
    result = left.copy()
    for slot, start in zip(layout.slots, layout.starts, strict=True):
        stop = start + len(slot.columns)
        if isinstance(slot, Counter):
            _merge_counter(slot, result[:, start:stop], right[:, start:stop])
        elif isinstance(slot, Recent):
            result[:, start:stop] = merge_recent(result[:, start:stop], right[:, start:stop])
        else:
            _merge_register(result[:, start:stop], right[:, start:stop])
    return result


def _merge_counter(slot: Counter, into: np.ndarray, other: np.ndarray) -> None:
    last = np.fmax(into[:, 0], other[:, 0])
    if len(slot.decays):
        total = np.zeros((len(into), len(slot.decays)))
        for part in (into, other):
            age = np.nan_to_num(last - part[:, 0], nan=0.0)
            total += part[:, 2:] * np.exp2(-age[:, None] / slot.decays)
        into[:, 2:] = total
    into[:, 0] = last
    into[:, 1] = np.fmin(into[:, 1], other[:, 1])


def _merge_register(into: np.ndarray, other: np.ndarray) -> None:
    """The lexicographically greater of (time, values), a missing value being less than any."""
    for row in range(len(into)):
        if tuple(np.nan_to_num(other[row], nan=-np.inf)) > tuple(np.nan_to_num(into[row], nan=-np.inf)):
            into[row] = other[row]
