"""The packed state of a customer, laid out in slots.

A state is one float64 row per customer and view. It is built of three kinds of slot:

- a `Counter` keeps when its event first and last happened and, per half-life, a decayed count, decayed sums of values,
  and how often and how large in logarithms a value was told, all as of the last event;
- a `Register` keeps the values that came with the latest event, and its time;
- a `Recent` (features.recent) keeps the times of the latest few events.

Times are microseconds since 1970 UTC, exact in float64; NaN means never. All kinds fold in any order of arrival.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from functools import cached_property
from typing import NamedTuple

import numpy as np

from features.recent import Recent
from leads.reasons.feature import Measure
from leads.words.durations import format_duration

MICROSECONDS = 1_000_000
DAY = 86_400 * MICROSECONDS


class Decayed(NamedTuple):
    """A feature that fades with a half-life. field: what is measured of the event, None where events are counted."""

    name: str
    measure: Measure
    half_life: timedelta
    field: str | None = None


_SUFFIXES = {Measure.COUNT: "count", Measure.SUM: "sum", Measure.TOLD: "count", Measure.USUAL: "usual"}


@dataclass(frozen=True)
class Counter:
    """Counts events of the given types (and, when `by` is set, of one value of that field).

    values: numeric fields whose decayed sum is kept; their last values are kept in a Register of their own.
    usual: numeric fields of which the number told and the sum of ln(1 + value) are kept, both decayed; what is below
        zero counts as zero.
    """

    key: str
    events: tuple[str, ...]
    half_lives: tuple[timedelta, ...] = ()
    values: tuple[str, ...] = ()
    by: str | None = None
    by_value: str | None = None
    usual: tuple[str, ...] = ()

    @cached_property
    def columns(self) -> tuple[str, ...]:
        logs = (f"{self.key}__{each.field}_logs_{format_duration(each.half_life)}" for each in self._usual)
        return (f"{self.key}__last", f"{self.key}__first", *self.decayed, *logs)

    @cached_property
    def since_last(self) -> str:
        """The feature of how long ago the last was."""
        return f"{self.key}__since_last_days"

    @cached_property
    def since_first(self) -> str:
        """The feature of how long ago the first was."""
        return f"{self.key}__since_first_days"

    @cached_property
    def measured(self) -> tuple[Decayed, ...]:
        """What the decayed columns become."""
        sums = (each for value in self.values for each in self._each(Measure.SUM, value))
        told = (each for value in self.usual for each in self._each(Measure.TOLD, value))
        return (*self._each(Measure.COUNT), *sums, *told, *self._usual)

    @cached_property
    def decayed(self) -> tuple[str, ...]:
        """The decayed columns that are features as they are: counts, sums of values, how often each value was told."""
        return tuple(each.name for each in self.measured if each.measure is not Measure.USUAL)

    @cached_property
    def features(self) -> tuple[str, ...]:
        """The names of what the decayed columns become."""
        return tuple(each.name for each in self.measured)

    @property
    def ages_and_counts(self) -> tuple[str, ...]:
        """How long ago the last was, and what the decayed columns become."""
        return (self.since_last, *self.features)

    @cached_property
    def decays(self) -> np.ndarray:
        """Half-life in microseconds of each decayed column."""
        per_half_life = [h.total_seconds() * MICROSECONDS for h in self.half_lives]
        return np.array(per_half_life * (1 + len(self.values) + 2 * len(self.usual)), dtype=np.float64)

    @cached_property
    def _usual(self) -> tuple[Decayed, ...]:
        return tuple(each for value in self.usual for each in self._each(Measure.USUAL, value))

    def _each(self, measure: Measure, field: str | None = None) -> Iterator[Decayed]:
        """One for each half-life."""
        of = "" if field is None else f"{field}_"
        for half_life in self.half_lives:
            name = f"{self.key}__{of}{_SUFFIXES[measure]}_{format_duration(half_life)}"
            yield Decayed(name, measure, half_life, field)


@dataclass(frozen=True)
class Register:
    """Keeps `values` of the latest of its events (and, when `by` is set, only of those whose field has one of
    `by_values`); of two at the same time, the lexicographically greater.
    """

    key: str
    events: tuple[str, ...]
    values: tuple[str, ...]
    by: str | None = None
    by_values: tuple[str, ...] = ()

    @cached_property
    def last(self) -> str:
        """The feature of its first value as it came last."""
        return f"{self.key}_last"

    @cached_property
    def columns(self) -> tuple[str, ...]:
        return (f"{self.key}__at", *(f"{self.key}__{value}" for value in self.values))


Slot = Counter | Register | Recent


@dataclass(frozen=True)
class StateLayout:
    """Slots in their order; the state of n customers is an (n, width) float64 matrix with these columns."""

    name: str
    slots: tuple[Slot, ...]

    @cached_property
    def columns(self) -> tuple[str, ...]:
        return tuple(column for slot in self.slots for column in slot.columns)

    @cached_property
    def offsets(self) -> Mapping[str, int]:
        """Position of each column."""
        return {column: position for position, column in enumerate(self.columns)}

    @cached_property
    def starts(self) -> tuple[int, ...]:
        """Position of each slot's first column."""
        return tuple(np.cumsum([0, *(len(slot.columns) for slot in self.slots)])[:-1].tolist())

    @cached_property
    def blank(self) -> np.ndarray:
        """The state of a customer to whom nothing happened: (width,) zeros for decayed columns, NaN elsewhere."""
        row = np.full(len(self.columns), np.nan)
        for slot, start in zip(self.slots, self.starts, strict=True):
            if isinstance(slot, Counter):
                row[start + 2 : start + len(slot.columns)] = 0.0
        return row

    @cached_property
    def digest(self) -> str:
        """Names the layout: states kept under another one cannot be read with this."""
        return hashlib.sha256(repr(self.slots).encode()).hexdigest()

    @cached_property
    def events(self) -> frozenset[str]:
        """The event types that change this state."""
        return frozenset(event for slot in self.slots for event in slot.events)

    def empty(self, rows: int) -> np.ndarray:
        return np.tile(self.blank, (rows, 1))
