"""The decision alone: one customer, and a sweep over everyone, with scores in hand."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import numpy as np
import polars as pl

from features.configuration import Configuration, load
from leads.arbitration.decisions import arbitrate
from leads.sheet.sheet import Sheet

SIZE = 1_000_000
NOW = datetime(2026, 3, 3, 2, tzinfo=UTC)


def run(size: int = SIZE) -> dict[str, Any]:
    """Milliseconds for one customer and seconds for `size` customers, over the insurer's catalogue."""
    configuration = load("insurer")
    sheet = _sheet(configuration, size, np.random.default_rng(7))
    arbitrate(sheet.part(0, 1), configuration.catalogue, NOW)
    started = time.perf_counter()
    arbitrate(sheet, configuration.catalogue, NOW)
    seconds = time.perf_counter() - started
    return {
        "customers": size, "actions": len(configuration.catalogue.actions), "seconds": round(seconds, 2),
        "one_customer_ms": _median(lambda: arbitrate(sheet.part(0, 1), configuration.catalogue, NOW), 300),
    }  # fmt: skip


def _median(work: Callable[[], object], times: int) -> float:
    """Milliseconds of the middle one of several runs."""
    taken = []
    for _ in range(times):
        started = time.perf_counter()
        work()
        taken.append(time.perf_counter() - started)
    return round(1000 * sorted(taken)[times // 2], 3)


def _sheet(configuration: Configuration, rows: int, rng: np.random.Generator) -> Sheet:
    """Features filled at random, half of the numbers missing, with columns of scores, effects and tolls."""
    columns: dict[str, pl.Series] = {}
    reported = configuration.layout.reported_schema
    for name, dtype in configuration.layout.schema.items():
        if name in reported:
            columns[name] = pl.repeat(None, rows, eager=True, dtype=dtype)
        elif dtype == pl.Float64:
            values = rng.gamma(0.5, 20.0, rows)
            values[rng.random(rows) < 0.5] = np.nan
            columns[name] = pl.Series(values).fill_nan(None)
        elif dtype == pl.Boolean:
            columns[name] = pl.Series(rng.random(rows) < 0.7)
        else:
            tag = configuration.workspace.tags.get(name)
            options = list(tag.values if tag and tag.values else configuration.workspace.products)
            columns[name] = pl.Series(np.array(options)[rng.integers(0, len(options), rows)])
    for objective in configuration.workspace.objectives.values():
        columns |= {name: pl.Series(rng.beta(1, 20, rows)) for name in objective.score_columns}
        columns |= {name: pl.Series(rng.normal(0.01, 0.02, rows)) for name in objective.uplift_columns}
        columns |= {name: pl.Series(rng.beta(1, 50, rows)) for name in objective.toll_columns}
    return Sheet.of(pl.DataFrame(columns))
