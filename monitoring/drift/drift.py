"""Drift of a model's input and output: windows of live rows against the sample that it was born with."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated

import numpy as np
import polars as pl
from typing_extensions import TypedDict

from features.configuration import Configuration
from leads.configuration.objective import Objective
from leads.errors import InvalidInput
from leads.words.bilingual import Text
from models.bundle import Bundle, predict_log_odds
from models.calibrator import Floats
from models.encoding import Matrix
from monitoring.drift.column import ColumnDrift, ColumnDriftAnswer, change_of
from monitoring.drift.segments import SegmentDrift, segments
from monitoring.population.windows import LEAST, WINDOWS, Window, enough
from monitoring.statistics.psi import psi
from monitoring.statistics.transport import transported
from monitoring.words.columns import PROBABILITY, column_label, value_label
from serving.clock import written
from serving.meaning import Means, Time

COLUMNS = 24
"""So many features, the most important, are compared beside the probability."""


class DriftAnswer(TypedDict):
    objective: str
    label: Text
    version: str
    rows: Annotated[int, Means("of all windows")]
    reference_rows: int
    since: Annotated[Time, Means("of the first moment that is looked at")]
    until: Time
    drifted: Annotated[list[str], Means("columns with a verdict")]
    columns: Annotated[list[ColumnDriftAnswer], Means("those with a verdict first, then by how far they moved")]
    segments: Annotated[list[SegmentDrift], Means("of parts of the population how far the probability moved")]


@dataclass(frozen=True)
class Drift:
    """What was found of one objective, over these windows."""

    objective: Objective
    bundle: Bundle
    windows: Sequence[Window]
    columns: Sequence[ColumnDrift]
    segments: Sequence[SegmentDrift]

    @property
    def drifted(self) -> list[str]:
        """Columns with a verdict, the most moved first."""
        return [found.column for found in self.columns if found.drifted]

    @property
    def last(self) -> pl.DataFrame:
        """The rows of the latest window."""
        return self.windows[-1].rows

    @property
    def ends(self) -> datetime:
        return self.windows[-1].ends

    def answer(self) -> DriftAnswer:
        return {
            "objective": self.objective.name,
            "label": self.objective.label,
            "version": self.bundle.manifest.version,
            "rows": sum(map(len, self.windows)),
            "reference_rows": len(self.bundle.reference()),
            "since": written(self.windows[0].begins),
            "until": written(self.ends),
            "drifted": self.drifted,
            "columns": [found.answer() for found in self.columns],
            "segments": list(self.segments),
        }


def drift(
    configuration: Configuration, objective: Objective, bundle: Bundle, windows: Sequence[Window], seed: int = 7
) -> Drift:
    """Compare the windows' rows with the bundle's reference.

    Raises InvalidInput when there are too few rows to say anything.
    """
    if not enough(windows):
        least = min((len(window) for window in windows), default=0) if len(windows) == WINDOWS else 0
        reason = f"at least {LEAST} rows of the population in each of {WINDOWS} windows"
        raise InvalidInput(f"live rows of {objective.name}", least, reason)
    reference, rng = bundle.reference(), np.random.default_rng(seed)
    score = _Score(bundle, bundle.manifest.encoding.matrix(reference), windows)
    names = [PROBABILITY, *_important(bundle, reference)]
    columns = [_column(configuration, bundle, score, name, reference, windows, rng) for name in names]
    ranked = sorted(columns, key=lambda found: (not found.drifted, -found.psi[-1]))
    return Drift(objective, bundle, windows, ranked, segments(configuration, objective, reference, windows))


class _Score:
    """What a model says of windows, and of the same rows with a column as the reference has it."""

    def __init__(self, bundle: Bundle, reference: Matrix, windows: Sequence[Window]) -> None:
        self._bundle = bundle
        self._reference = reference
        self._windows = [bundle.manifest.encoding.matrix(window.rows) for window in windows]
        self._said = [predict_log_odds(bundle.model, rows) for rows in self._windows]
        born = predict_log_odds(bundle.model, reference)
        self._mean, self._spread = float(born.mean()), max(float(born.std()), 1e-9)

    def apart(self) -> list[tuple[float, float]]:
        """Of each window how far its mean score lies from the reference's, in standard deviations of the score."""
        return [((float(said.mean()) - self._mean) / self._spread, 0.0) for said in self._said]

    def moved(self, name: str, rng: np.random.Generator) -> list[tuple[float, float]]:
        """Of each window how far a column moves the mean score, and that of a row, in the same unit."""
        place = self._bundle.manifest.encoding.names.index(name)
        return [self._gap(rows, said, place, rng) for rows, said in zip(self._windows, self._said, strict=True)]

    def _gap(self, rows: Matrix, said: Floats, place: int, rng: np.random.Generator) -> tuple[float, float]:
        before, categories = rows.copy(), place in self._bundle.manifest.encoding.category_positions
        before[:, place] = transported(rows[:, place], self._reference[:, place], categories, rng)
        gap = said - predict_log_odds(self._bundle.model, before)
        return float(gap.mean()) / self._spread, float(np.sqrt(np.square(gap).mean())) / self._spread


def _column(
    configuration: Configuration, bundle: Bundle, score: _Score, name: str, reference: pl.DataFrame,
    windows: Sequence[Window], rng: np.random.Generator,
) -> ColumnDrift:  # fmt: skip
    moved = score.apart() if name == PROBABILITY else score.moved(name, rng)
    last = windows[-1].rows[name]
    values = [] if last.dtype.is_numeric() else sorted({*last.cast(pl.String).drop_nulls(), *_texts(reference[name])})
    return ColumnDrift(
        column=name,
        label=column_label(configuration, name),
        importance=1.0 if name == PROBABILITY else _gains(bundle)[name],
        psi=tuple(psi(reference[name], window.rows[name]) for window in windows),
        moved=tuple(mean for mean, _ in moved),
        spread=tuple(spread for _, spread in moved),
        missing_change=_missing(last) - _missing(reference[name]),
        change=change_of(reference[name], last, {value: value_label(configuration, name, value) for value in values}),
    )


def _texts(values: pl.Series) -> list[str]:
    return values.cast(pl.String).drop_nulls().unique().to_list()


def _missing(values: pl.Series) -> float:
    return values.null_count() / max(len(values), 1)


def _gains(bundle: Bundle) -> dict[str, float]:
    gains = bundle.model.feature_importance("gain")
    whole = max(float(gains.sum()), 1e-12)
    return {name: float(gain) / whole for name, gain in zip(bundle.manifest.encoding.names, gains, strict=False)}


def _important(bundle: Bundle, reference: pl.DataFrame) -> list[str]:
    """The most important features, of those that the reference has values of."""
    gains = _gains(bundle)
    ranked = sorted(gains, key=lambda name: -gains[name])
    return [name for name in ranked if reference[name].count()][:COLUMNS]
