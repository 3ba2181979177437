"""The transform on the hot path: state to features for one customer, for a micro-batch, for many."""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
import polars as pl

from benchmarks.harness.events import START, random_events
from features.configuration import load
from features.history import states_at
from features.products import expand
from features.value import microseconds, value_at
from leads.sheet.sheet import Sheet

SIZE = 100_000


def run(size: int = SIZE) -> dict[str, Any]:
    """Milliseconds to bring 1, 1,000 and `size` customers of the insurer forward, and to expand them per product."""
    configuration = load("insurer")
    layout, workspace = configuration.layout, configuration.workspace
    events = random_events(workspace, size * 5, size, np.random.default_rng(7))
    ids = pl.Series("customer_id", [f"C{i}" for i in range(size)])
    profile = pl.DataFrame(
        [ids, *(pl.Series(name, [None] * size, dtype=dtype) for name, dtype in layout.profile.items())]
    )
    known = Sheet.of(profile.drop("customer_id"))
    states = [states_at(workspace, view, ids, events) for view in (layout.interactions, layout.standing)]
    now = np.full(size, microseconds(START) + 366 * 86_400e6)
    products = list(workspace.products)
    figures: dict[str, Any] = {}
    for rows in (1, 1_000, size):
        sheet = value_at(layout, known.part(0, rows), states[0][:rows], states[1][:rows], now[:rows])
        figures[f"value_at_{rows}_ms"] = _best(
            partial(value_at, layout, known.part(0, rows), states[0][:rows], states[1][:rows], now[:rows])
        )
        if rows <= 1_000:
            figures[f"expand_{rows}_ms"] = _best(partial(expand, layout, sheet, "each", products))
    return figures


def _best(work: Callable[[], object], repeats: int = 5) -> float:
    times = []
    for _ in range(repeats):
        started = time.perf_counter()
        work()
        times.append(time.perf_counter() - started)
    return round(min(times) * 1000, 3)
