"""The latest k times of an event selection: what exact windows are counted from.

Kept latest first; NaN where there were fewer. Folding merges what stood with what came and keeps the k latest, so
that the order of arrival does not matter. Two events at the same time are two.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np


@dataclass(frozen=True)
class Recent:
    """Keeps the latest `count` times, in microseconds, of the events of the given types (and, when `by` is set, only
    of those whose field has one of `by_values`).
    """

    key: str
    events: tuple[str, ...]
    count: int
    by: str | None = None
    by_values: tuple[str, ...] = ()

    @cached_property
    def columns(self) -> tuple[str, ...]:
        return tuple(f"{self.key}__{place}" for place in range(1, self.count + 1))


def fold_recent(columns: np.ndarray, rows: np.ndarray, times: np.ndarray) -> None:
    """Take events into the times that stand, in place.

    columns: (n, k), latest first. rows, times: the row of each event and when it happened.
    """
    k = columns.shape[1]
    touched, position = np.unique(rows, return_inverse=True)
    order = np.lexsort((-times, position))
    rank = _rank(position[order])
    kept = rank < k
    came = np.full((len(touched), k), np.nan)
    came[position[order][kept], rank[kept]] = times[order][kept]
    columns[touched] = merge_recent(columns[touched], came)


def merge_recent(left: np.ndarray, right: np.ndarray) -> np.ndarray:
    """The latest k times of both, (n, k) each; no event may be in both."""
    both = np.hstack([left, right])
    return -np.sort(-both, axis=1)[:, : left.shape[1]]  # NaN sorts last.


def run_recent(slot: Recent, customers: np.ndarray, times: np.ndarray) -> np.ndarray:
    """The latest times after each event, (m, k). Events are ordered by (customer, time)."""
    ordinal = _rank(customers)
    own = np.full((len(times), slot.count), np.nan)
    for back in range(slot.count):
        reach = np.flatnonzero(ordinal >= back)
        if len(reach) == 0:
            break
        own[reach, back] = times[reach - back]
    return own


def _rank(groups: np.ndarray) -> np.ndarray:
    """The place of each item among its neighbours of the same group, from 0."""
    count = len(groups)
    opens = np.append(True, groups[1:] != groups[:-1])[:count]
    return np.arange(count) - np.maximum.accumulate(np.where(opens, np.arange(count), 0))
