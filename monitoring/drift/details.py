"""One objective's drift as Evidently's report: distributions side by side, under labels, with the same verdicts."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pandas as pd
import polars as pl

from leads.words.bilingual import both
from monitoring.drift.column import PSI_LIMIT, ColumnDrift
from monitoring.drift.drift import Drift
from monitoring.statistics.psi import psi

DRAWN = 12
"""Columns of which distributions are drawn: those with a verdict, then the most moved. All are counted."""

_PROVEN, _UNPROVEN = "nextlead_psi_proven", "nextlead_psi"
"""Evidently's names of what finds a column drifted: the verdict over several windows, which one window cannot tell."""


def snapshot_of(found: Drift) -> Any:
    """Evidently's snapshot of the last window against the reference. A column is `detected` where it has a verdict."""
    with _quiet():
        from evidently import DataDefinition, Dataset, Report
        from evidently.metrics import DriftedColumnsCount, ValueDrift

        _register()
        labels = {column.column: both(column.label) for column in found.columns}
        sides = [side.select(list(labels)).rename(labels) for side in (found.last, found.bundle.reference())]
        numbers = [name for name, dtype in sides[0].schema.items() if dtype == pl.Float64]
        others = [name for name in sides[0].columns if name not in numbers]
        definition = DataDefinition(numerical_columns=numbers, categorical_columns=others)
        methods = {labels[column.column]: _method(column) for column in found.columns}
        metrics: list[Any] = [
            DriftedColumnsCount(
                columns=list(methods), per_column_method=methods, per_column_threshold=dict.fromkeys(methods, PSI_LIMIT)
            ),
            *(ValueDrift(column=name, method=methods[name], threshold=PSI_LIMIT) for name in list(methods)[:DRAWN]),
        ]
        data = [Dataset.from_pandas(_pandas(side), definition) for side in sides]
        return Report(metrics, tags=[found.objective.name]).run(*data, name=both(found.objective.label))


def saved(found: Drift, folder: Path) -> tuple[Path, Path, Any]:
    """Write `drift-<objective>.html` and `.json`; their paths, and the snapshot."""
    folder.mkdir(parents=True, exist_ok=True)
    snapshot = snapshot_of(found)
    html, document = (folder / f"drift-{found.objective.name}.{suffix}" for suffix in ("html", "json"))
    with _quiet():
        snapshot.save_html(str(html))
        document.write_text(snapshot.json(), encoding="utf-8")
    return html, document, snapshot


def _method(column: ColumnDrift) -> str:
    return _PROVEN if column.drifted else _UNPROVEN


def _register() -> None:
    """Tell Evidently of how we measure."""
    from evidently.legacy.calculations.stattests import StatTest, register_stattest
    from evidently.legacy.core import ColumnType

    kinds = [ColumnType.Numerical, ColumnType.Categorical]
    for name, shown, proven in (
        (_PROVEN, f"PSI > {PSI_LIMIT} 连续多窗 in several windows", True),
        (_UNPROVEN, "PSI 未定论 no verdict", False),
    ):
        register_stattest(StatTest(name, shown, kinds, PSI_LIMIT), _measure(proven))


def _measure(proven: bool) -> Any:
    def measured(reference: pd.Series, live: pd.Series, kind: Any, limit: float) -> tuple[float, bool]:
        return psi(_series(reference), _series(live)), proven

    return measured


def _series(values: pd.Series) -> pl.Series:
    plain = values.astype(str) if values.dtype == object or str(values.dtype) == "category" else values
    return pl.Series(plain.to_numpy())


@contextmanager
def _quiet() -> Iterator[None]:
    """Evidently and what it imports use names that NumPy and Litestar have deprecated, and divide by zero counts."""
    with warnings.catch_warnings():
        for category in (DeprecationWarning, RuntimeWarning, FutureWarning, UserWarning):
            warnings.simplefilter("ignore", category)
        yield


def _pandas(frame: pl.DataFrame) -> pd.DataFrame:
    """Booleans and categories as texts: Evidently compares shares of distinct values."""
    texts = pl.selectors.boolean().cast(pl.String)
    return frame.with_columns(texts).to_pandas()
