"""Waiting for contact: how long each trial could still have been contacted, and whether it was.

Who has renewed is called no more. Counted as left alone, those who renew before anybody has called would make contact
look bad (immortal time: Suissa 2008, American Journal of Epidemiology 167). So nobody is compared after the fact: at
every time those who are contacted then are held against those who then still wait, renewed or contacted by nobody so
far (Robins 1992, Biometrika 79; sequential trials). The wait is cut into spells, for who is left is another crowd later
on and is contacted at another pace.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from models.calibrator import Floats

CUTS = (0.0, 1 / 7, 1 / 2, 1.0)
"""Where spells begin and end, as shares of the time in which contact counts."""


@dataclass(frozen=True)
class Waiting:
    """n trials of one treatment. touched, succeeded: time from the moment to the first contact and to success, infinite
    for never, in the unit of `within`. group: rows of one number had about the same contact to expect.
    """

    touched: Floats
    succeeded: Floats
    within: float
    group: NDArray[np.intp]

    def where(self, rows: NDArray[np.bool_]) -> Waiting:
        """Some of the trials."""
        return Waiting(self.touched[rows], self.succeeded[rows], self.within, self.group[rows])

    @property
    def treated(self) -> Floats:
        """(n,) 1 for who was contacted in time and not after success; success at the very contact comes after it."""
        return ((self.touched <= self.within) & (self.touched <= self.succeeded)).astype(np.float64)

    @property
    def end(self) -> Floats:
        """(n,) when the wait was over: by contact, by success, or because contact counts no longer."""
        found: Floats = np.minimum(np.minimum(self.touched, self.succeeded), self.within)
        return found

    def spells(self, weight: Floats) -> Spells:
        """The waits cut into spells."""
        clock = self._clock(weight)
        cuts, end, parts = np.array(CUTS) * self.within, self.end, []
        for piece, (begin, until) in enumerate(pairwise([*cuts, self.within])):
            rows = np.flatnonzero((end > begin) | (piece == 0) | (self._left & (piece == len(CUTS) - 1)))
            over = np.minimum(end[rows], until)
            expected = clock.at(over, self.group[rows]) - clock.at(np.full(len(rows), begin), self.group[rows])
            given = self.treated[rows] * ((end[rows] <= until) & (begin < until))
            waited = (over - begin) / max(until - begin, 1e-9)
            parts.append((rows, np.full(len(rows), piece), given, expected, waited))
        return Spells(*(np.concatenate(column) for column in zip(*parts, strict=True)))

    @property
    def _left(self) -> NDArray[np.bool_]:
        """(n,) who still waits when contact counts no longer."""
        return (self.touched > self.within) & (self.succeeded > self.within)

    def _clock(self, weight: Floats) -> Clock:
        numbers = np.unique(self.group)
        inside = [self.group == number for number in numbers]
        curves = [_cumulated(self.end[rows], self.treated[rows], weight[rows]) for rows in inside]
        return Clock(dict(zip(numbers.tolist(), curves, strict=True)))


@dataclass(frozen=True)
class Spells:
    """m spells. row: the trial of each. piece: which spell of its wait; after the last comes an empty one of who still
    waits then. contacted: 1 where contact ended it. exposure: the contacts to be expected in it of the average one of
    its group. waited: how much of the spell's time went by.
    """

    row: NDArray[np.intp]
    piece: NDArray[np.intp]
    contacted: Floats
    exposure: Floats
    waited: Floats


@dataclass(frozen=True)
class Clock:
    """By group the cumulated hazard of contact (Nelson 1972, Aalen 1978): times, and what is reached at each."""

    curves: dict[int, tuple[Floats, Floats]]

    def at(self, time: Floats, group: NDArray[np.intp]) -> Floats:
        """(n,) what is reached by each time."""
        out = np.zeros(len(time))
        for number, (times, reached) in self.curves.items():
            rows = group == number
            out[rows] = np.concatenate([[0.0], reached])[np.searchsorted(times, time[rows], side="right")]
        return out


def _cumulated(end: Floats, contact: Floats, weight: Floats) -> tuple[Floats, Floats]:
    """Those who are contacted at a time, as a share of those who wait until then."""
    times, place = np.unique(end, return_inverse=True)
    left = np.bincount(place, weight)[::-1].cumsum()[::-1]
    return times, np.cumsum(np.bincount(place, weight * contact) / np.maximum(left, 1e-12))
