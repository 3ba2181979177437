"""Recalls answered from the latest times that the state keeps, a kind at a time."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Protocol

import numpy as np

from features.slots import DAY, MICROSECONDS
from leads.contact.event_windows import Count, EventWindow, Open, Resting, Selection, Since

_CHUNK = 50_000
"""Rows whose times are held at once."""

Times = Mapping[Selection, list[int]]
"""Where the state keeps the times of each selection, latest first."""


class _Kind(Protocol):
    """All windows of a kind. to: their places among the answers."""

    @property
    def to(self) -> np.ndarray: ...

    def answers(self, standing: np.ndarray, now: np.ndarray) -> np.ndarray:
        """(n, windows) of states at moments (n, 1)."""
        ...


class WindowPlan:
    """Where the answers of windows come from, worked out once per layout.

    offsets: of the columns of the state. kept: how many times each of its slots keeps, by the slot's key.
    """

    def __init__(self, windows: Sequence[EventWindow], offsets: Mapping[str, int], kept: Mapping[str, int]) -> None:
        self._count = len(windows)
        starts = {each: offsets[f"{each.key}__1"] for window in windows for each in window.wants()}
        times = {each: list(range(start, start + kept[each.key])) for each, start in starts.items()}
        kinds: list[_Kind] = [kind.of(windows, times) for kind in (_Since, _Counts, _Rests)]
        self._kinds = [kind for kind in (*kinds, *_Cases.each(windows, times)) if len(kind.to)]

    def answers(self, standing: np.ndarray, now: np.ndarray) -> np.ndarray:
        """The answers at each customer's moment (microseconds): (n, windows), in the order of the windows."""
        answers, moments = np.empty((len(standing), self._count)), now[:, None]
        for start in range(0, len(standing), _CHUNK):
            part = slice(start, start + _CHUNK)
            for kind in self._kinds:
                answers[part, kind.to] = kind.answers(standing[part], moments[part])
        return answers


@dataclass(frozen=True)
class _Since:
    """Days since the latest times."""

    to: np.ndarray
    latest: np.ndarray

    @classmethod
    def of(cls, windows: Sequence[EventWindow], times: Times) -> _Since:
        mine = [(at, each) for at, each in enumerate(windows) if isinstance(each, Since)]
        return cls(_places(at for at, _ in mine), _places(times[each.selection][0] for _, each in mine))

    def answers(self, standing: np.ndarray, now: np.ndarray) -> np.ndarray:
        return np.asarray((now - standing[:, self.latest]) / DAY)


@dataclass(frozen=True)
class _Counts:
    """How many of the times are less than `within` ago; what is still to come counts too. starts: where those of each
    window begin.
    """

    to: np.ndarray
    starts: np.ndarray
    times: np.ndarray
    within: np.ndarray

    @classmethod
    def of(cls, windows: Sequence[EventWindow], times: Times) -> _Counts:
        mine = [(at, each, times[each.selection]) for at, each in enumerate(windows) if isinstance(each, Count)]
        within = [_microseconds(each.within) for _, each, found in mine for _ in found]
        return cls(_places(at for at, *_ in mine), _starts([found for *_, found in mine]),
                   _places(place for *_, found in mine for place in found), np.array(within))  # fmt: skip

    def answers(self, standing: np.ndarray, now: np.ndarray) -> np.ndarray:
        recent = (now - standing[:, self.times]) < self.within
        return np.asarray(np.add.reduceat(recent.astype(np.float64), self.starts, axis=1))


@dataclass(frozen=True)
class _Rests:
    """Days left of the rest that ends last, 0 where none is on: one begins with a time of `last` that came within so
    long after the one of `first`, and lasts `rest`. starts: where those of each window begin.
    """

    to: np.ndarray
    starts: np.ndarray
    last: np.ndarray
    first: np.ndarray
    within: np.ndarray
    rest: np.ndarray

    @classmethod
    def of(cls, windows: Sequence[EventWindow], times: Times) -> _Rests:
        mine = [(at, each, times[each.selection]) for at, each in enumerate(windows) if isinstance(each, Resting)]
        last = [found[: len(found) - each.after + 1] for _, each, found in mine]
        first = [place for _, each, found in mine for place in found[each.after - 1 :]]
        within = [_microseconds(each.within) for (_, each, _), begun in zip(mine, last, strict=True) for _ in begun]
        rest = np.array([_microseconds(each.rest) for _, each, _ in mine])
        return cls(_places(at for at, *_ in mine), _starts(last), _places(place for begun in last for place in begun),
                   _places(first), np.array(within), rest)  # fmt: skip

    def answers(self, standing: np.ndarray, now: np.ndarray) -> np.ndarray:
        last = standing[:, self.last]
        begun = np.where(last - standing[:, self.first] < self.within, last, -np.inf)
        left = np.maximum.reduceat(begun, self.starts, axis=1) + self.rest - now
        return np.asarray(np.maximum(left, 0.0) / DAY)


@dataclass(frozen=True)
class _Cases:
    """How many cases are open: those opened after the last closing.

    A closing ends every case that was opened by then, at the same moment too: what was opened twice, or closed as it
    was opened, does not stay open for good.
    """

    to: np.ndarray
    opened: np.ndarray
    closed: np.ndarray

    @classmethod
    def each(cls, windows: Sequence[EventWindow], times: Times) -> Iterable[_Cases]:
        for at, window in enumerate(windows):
            if isinstance(window, Open):
                yield cls(_places([at]), _places(times[window.opened]), _places(times[window.closed]))

    def answers(self, standing: np.ndarray, now: np.ndarray) -> np.ndarray:
        closed = standing[:, self.closed]
        ended = np.where(np.isnan(closed), -np.inf, closed).max(axis=1, keepdims=True)
        return np.asarray((standing[:, self.opened] > ended).sum(axis=1, keepdims=True), dtype=np.float64)


def _places(places: Iterable[int]) -> np.ndarray:
    return np.array([*places], dtype=np.intp)


def _starts(parts: Sequence[Sequence[int]]) -> np.ndarray:
    return np.cumsum([0, *map(len, parts)])[:-1].astype(np.intp)


def _microseconds(duration: timedelta) -> float:
    return duration.total_seconds() * MICROSECONDS
