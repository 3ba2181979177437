"""Prior correction: probabilities moved by how often recent predictions came true, where that moves for everybody.

A filter over time. The rate of success strays from what the model says by a shift of log-odds, which forgets itself
(`models.prior_shift`). Each window of rows whose horizon is over says where the shift stood at their moments; what is
asked later is corrected by where it is expected to stand then. No row is corrected by an outcome that was not known at
its moment, and its own least of all.

The shift of prior odds is that of Saerens, Latinne & Decaestecker (Neural Computation 14, 2002), learned from labels in
place of unlabelled rows, and followed as in dynamic logistic regression (West, Harrison & Migon, JASA 80, 1985).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import numpy as np
import polars as pl
from numpy.typing import NDArray

from leads.configuration.objective import Objective, Prior
from models.calibrator import Floats, logit, sigmoid
from models.prior_shift import PriorShift, unknown
from training.model import Stretches

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

_STEPS = 25


@dataclass(frozen=True)
class Correction:
    """Follows one objective's shift. horizon: after so long the outcome of a row is known."""

    prior: Prior
    horizon: timedelta

    def corrected(self, rows: pl.DataFrame, said: Floats, start: PriorShift | None = None) -> Floats:
        """(n,) the probabilities `said` of rows (`at, label, weight`; label null where it is not known), corrected by
        the outcomes among them that were known by then.

        start: what was learned before them; it counts where no row is earlier.
        """
        log_odds, out = logit(said), np.empty(len(rows))
        filtered = _Filter(self, rows, log_odds, start)
        for begin, inside in filtered.windows():
            out[inside] = sigmoid(log_odds[inside] + filtered.until(begin).mean)
        return out

    def learned(
        self, rows: pl.DataFrame, said: Floats, at: datetime, start: PriorShift | None = None
    ) -> PriorShift | None:
        """Where the shift stood in the last window whose outcomes are known at that time; None where there is none."""
        filtered = _Filter(self, rows, logit(said), start)
        filtered.until(at)
        return filtered.found

    def windows(self, at: pl.Series) -> NDArray[np.int64]:
        """(n,) the number of each time's window."""
        return at.to_physical().to_numpy() // (self.step // timedelta(microseconds=1))

    @property
    def step(self) -> timedelta:
        return self.prior.step


class _Filter:
    """Goes through the windows of some rows once, in order of time."""

    def __init__(self, how: Correction, rows: pl.DataFrame, log_odds: Floats, start: PriorShift | None) -> None:
        self._how = how
        self._window, self._moment = how.windows(rows["at"]), rows["at"].to_physical().to_numpy()
        self._label = rows["label"].cast(pl.Float64).fill_null(0.0).to_numpy()
        self._weight = rows["weight"].to_numpy()
        self._log_odds = log_odds
        self.found = start if start is not None and self._follows(start) else None
        self._coming = [item for item in self._groups(rows["label"].is_not_null().to_numpy()) if self._is_new(item[0])]
        self._next = 0

    def _follows(self, start: PriorShift) -> bool:
        return len(self._window) == 0 or self._begin(int(self._window.min())) >= start.at

    def _is_new(self, number: int) -> bool:
        return self.found is None or self._begin(number) > self.found.at

    def windows(self) -> Iterator[tuple[datetime, NDArray[np.intp]]]:
        """When each window of the rows begins, and the rows in it; earliest first."""
        for number, inside in self._groups(np.ones(len(self._window), bool)):
            yield self._begin(number), inside

    def until(self, at: datetime) -> PriorShift:
        """The shift at a time no earlier than the one asked for before, by all windows whose outcomes are known."""
        while self._next < len(self._coming):
            number, inside = self._coming[self._next]
            if self._moment[inside].max() + self._how.horizon // timedelta(microseconds=1) > _physical(at):
                break
            self._learn(self._begin(number), inside)
            self._next += 1
        return self._at(at)

    def _learn(self, begin: datetime, inside: NDArray[np.intp]) -> None:
        before = self._at(begin)
        weight = self._weight[inside] / self._weight[inside].mean()
        self.found = _updated(before, self._log_odds[inside], self._label[inside], weight)

    def _at(self, at: datetime) -> PriorShift:
        return unknown(self._how.prior, at) if self.found is None else self.found.later(self._how.prior, at)

    def _begin(self, number: int) -> datetime:
        return _EPOCH + self._how.step * int(number)

    def _groups(self, among: NDArray[np.bool_]) -> Iterator[tuple[int, NDArray[np.intp]]]:
        places = np.flatnonzero(among)
        order = places[np.argsort(self._window[places], kind="stable")]
        numbers, starts = np.unique(self._window[order], return_index=True)
        for number, inside in zip(numbers, np.split(order, starts[1:]), strict=True):
            yield int(number), inside


def _physical(at: datetime) -> int:
    return (at - _EPOCH) // timedelta(microseconds=1)


def _updated(before: PriorShift, log_odds: Floats, label: Floats, weight: Floats) -> PriorShift:
    """With what a window of outcomes tells: the mode of the posterior and the curvature there (Laplace)."""
    mean = before.mean
    for _ in range(_STEPS):
        said = sigmoid(log_odds + mean)
        gradient = float((weight * (label - said)).sum()) - (mean - before.mean) / before.variance
        curvature = float((weight * said * (1 - said)).sum()) + 1 / before.variance
        step = float(np.clip(gradient / curvature, -1, 1))
        mean += step
        if abs(step) < 1e-9:
            break
    said = sigmoid(log_odds + mean)
    return before.updated(mean, 1 / (float((weight * said * (1 - said)).sum()) + 1 / before.variance))


def corrected(objective: Objective, rows: pl.DataFrame, *columns: str, start: PriorShift | None = None) -> pl.DataFrame:
    """The rows with these probabilities corrected, each by its own record; as they are where no `prior` is declared.

    A null stays null, and tells nothing.
    """
    how = _of(objective)
    if how is None:
        return rows
    found = []
    for name in columns:
        there = rows[name].is_not_null()
        known = rows.filter(there)
        said = np.full(len(rows), np.nan)
        said[there.to_numpy()] = how.corrected(known, known[name].to_numpy(), start)
        found.append(pl.Series(name, said).fill_nan(None))
    return rows.with_columns(found)


def learned(
    objective: Objective, rows: pl.DataFrame, said: Floats, at: datetime, start: PriorShift | None = None
) -> PriorShift | None:
    """`Correction.learned` of an objective; None where no `prior` is declared."""
    how = _of(objective)
    return None if how is None else how.learned(rows, said, at, start)


def stretches(objective: Objective, keys: pl.DataFrame) -> Stretches | None:
    """The windows of rows (`at`), in each of which the rate stands still; None where no `prior` is declared."""
    how = _of(objective)
    return None if how is None else Stretches(how.windows(keys["at"]), how.prior.spread)


def _of(objective: Objective) -> Correction | None:
    return None if objective.prior is None else Correction(objective.prior, objective.horizon)
