"""Drift of a model's input and output against the sample it was born with, measured by Evidently."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import polars as pl

from leads.errors import InvalidInput
from models.bundle import Bundle

PSI_LIMIT = 0.2
"""Population stability index above which a column has drifted: the usual limit in insurance and credit."""

ROWS = 1_500
"""Rows of each side that are compared; Evidently's time grows with them, its finding hardly."""

COLUMNS = 24
"""So many features, the most important, are compared beside the probability."""

LEAST = 30
"""Fewer live rows than these say nothing."""


@dataclass(frozen=True)
class Drift:
    """One objective's finding. scores: PSI by column; missing: live share of missing values less the reference's."""

    objective: str
    version: str
    rows: int
    reference_rows: int
    scores: Mapping[str, float]
    missing: Mapping[str, float]
    snapshot: Any

    @property
    def drifted(self) -> list[str]:
        """Columns whose index is over the limit, the most drifted first."""
        over = [name for name, score in self.scores.items() if score > PSI_LIMIT]
        return sorted(over, key=lambda name: -self.scores[name])

    def save(self, folder: Path) -> tuple[Path, Path]:
        """Write `drift-<objective>.html` and `.json`; returns both paths."""
        folder.mkdir(parents=True, exist_ok=True)
        html, document = (folder / f"drift-{self.objective}.{suffix}" for suffix in ("html", "json"))
        self.snapshot.save_html(str(html))
        document.write_text(self.snapshot.json(), encoding="utf-8")
        return html, document

    def summary(self) -> dict[str, Any]:
        """The finding in short, as the command's result."""
        return {
            "version": self.version,
            "rows": self.rows,
            "reference_rows": self.reference_rows,
            "limit": PSI_LIMIT,
            "drifted": self.drifted,
            "psi": dict(sorted(self.scores.items(), key=lambda item: -item[1])),
            "missing_change": dict(self.missing),
        }


def drift(objective: str, bundle: Bundle, live: pl.DataFrame, rng: np.random.Generator) -> Drift:
    """Compare live rows (features and `probability`) with the bundle's reference.

    Raises InvalidInput when there are too few live rows to say anything.
    """
    if len(live) < LEAST:
        raise InvalidInput(f"live rows of {objective}", len(live), f"at least {LEAST} customers in the population")
    reference = bundle.reference()
    columns = _columns(bundle, reference, live)
    sides = [_sampled(side.select(columns), rng) for side in (live, reference)]
    snapshot = _compare(*sides)
    missing = {name: _missing(live[name]) - _missing(reference[name]) for name in columns}
    return Drift(
        objective=objective,
        version=bundle.manifest.version,
        rows=len(sides[0]),
        reference_rows=len(sides[1]),
        scores=_scores(snapshot),
        missing={name: round(change, 4) for name, change in missing.items() if abs(change) > 0.01},
        snapshot=snapshot,
    )


def _columns(bundle: Bundle, reference: pl.DataFrame, live: pl.DataFrame) -> list[str]:
    """The probability and the most important features that have values on both sides."""
    names = [name for name, _ in bundle.manifest.features]
    gains = bundle.model.feature_importance("gain")
    ranked = [names[i] for i in np.argsort(-gains, kind="stable")]
    filled = [name for name in ranked if reference[name].count() and live[name].count()]
    return ["probability", *filled[:COLUMNS]]


def _sampled(frame: pl.DataFrame, rng: np.random.Generator) -> pl.DataFrame:
    if len(frame) <= ROWS:
        return frame
    return frame[np.sort(rng.choice(len(frame), ROWS, replace=False))]


def _missing(column: pl.Series) -> float:
    return column.null_count() / max(len(column), 1)


def _compare(live: pl.DataFrame, reference: pl.DataFrame) -> Any:
    with warnings.catch_warnings():
        # Evidently and what it imports use names that NumPy and Litestar have deprecated, and divide by zero counts.
        for category in (DeprecationWarning, RuntimeWarning):
            warnings.simplefilter("ignore", category)
        from evidently import DataDefinition, Dataset, Report
        from evidently.presets import DataDriftPreset

        numbers = [name for name, dtype in live.schema.items() if dtype == pl.Float64]
        others = [name for name in live.columns if name not in numbers]
        definition = DataDefinition(numerical_columns=numbers, categorical_columns=others)
        sides = [Dataset.from_pandas(_pandas(side), definition) for side in (live, reference)]
        return Report([DataDriftPreset(method="psi", threshold=PSI_LIMIT)]).run(*sides)


def _pandas(frame: pl.DataFrame) -> pd.DataFrame:
    """Booleans and categories as texts: Evidently compares shares of distinct values."""
    texts = pl.selectors.boolean().cast(pl.String)
    return frame.with_columns(texts).to_pandas()


def _scores(snapshot: Any) -> dict[str, float]:
    """PSI by column from Evidently's result."""
    found = {}
    for metric in snapshot.dict()["metrics"]:
        config = metric.get("config", {})
        if config.get("type", "").endswith(":ValueDrift"):
            found[config["column"]] = round(float(metric["value"]), 4)
    return found
