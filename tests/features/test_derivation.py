"""Derived columns are the same for few rows and for many."""

from __future__ import annotations

from typing import Any

import numpy as np
import polars as pl
import pytest

from features.configuration import Configuration, load
from leads.sheet.sheet import Sheet


@pytest.fixture(scope="module")
def insurer() -> Configuration:
    return load("insurer")


def drawn_sheet(insurer: Configuration, rows: int) -> Sheet:
    rng = np.random.default_rng(3)
    columns: dict[str, Any] = {}
    for name, dtype in insurer.layout.told_schema.items():
        if dtype == pl.Float64:
            values: Any = np.where(rng.random(rows) < 0.5, rng.exponential(40, rows).round(), rng.integers(0, 3, rows))
        elif dtype == pl.Boolean:
            values = rng.random(rows) < 0.5
        else:
            tag = insurer.workspace.tags.get(name)
            options = np.array(tag.values if tag else tuple(insurer.workspace.products))
            values = options[rng.integers(0, len(options), rows)]
        missing = rng.random(rows) < 0.3
        columns[name] = [None if gone else value for gone, value in zip(missing, values.tolist(), strict=True)]
    return Sheet.of(pl.DataFrame(columns, schema=insurer.layout.told_schema))


def derived(insurer: Configuration, sheet: Sheet) -> pl.DataFrame:
    room = np.full((len(insurer.layout.columns) - len(sheet.columns), len(sheet)), np.nan)
    return insurer.layout.derive(np.vstack([sheet.values, room]), sheet.words).frame()


def test_one_customer_stands_where_they_stand_among_many(insurer: Configuration) -> None:
    sheet = drawn_sheet(insurer, 400)
    whole = derived(insurer, sheet)
    few = pl.concat([derived(insurer, sheet.part(start, start + 4)) for start in range(0, 400, 4)])
    assert dict(whole.schema) == dict(few.schema) == insurer.layout.schema
    assert whole.equals(few)
    assert whole["stage"].n_unique() >= 6


def test_all_the_sample_insurer_derives_is_worked_out_without_polars(insurer: Configuration) -> None:
    layout = insurer.layout
    asked = [*layout.workspace.lifecycle._asked.compiled(layout.columns), *layout._plays.compiled(layout.columns)]
    assert len(asked) > 10
    assert all(asked)
