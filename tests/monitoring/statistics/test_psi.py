"""The stability index: nothing where nothing moved, and more the more it moved."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitoring.statistics.psi import psi


@pytest.mark.parametrize("size", [100, 400, 3_000])
def test_samples_of_one_population_have_not_moved(size: int) -> None:
    rng = np.random.default_rng(size)
    found = [psi(pl.Series(rng.lognormal(size=5_000)), pl.Series(rng.lognormal(size=size))) for _ in range(40)]
    assert np.mean(found) < 0.03
    assert max(found) < 0.2


def test_what_moved_by_a_standard_deviation_is_far_over_the_usual_limit() -> None:
    rng = np.random.default_rng(1)
    assert psi(pl.Series(rng.normal(size=5_000)), pl.Series(rng.normal(1, 1, size=400))) > 0.5


def test_a_value_that_was_never_there_counts() -> None:
    before, now = pl.Series(["a", "b"] * 500), pl.Series(["a", "b", "c"] * 100)
    assert psi(before, now) > 0.2


def test_shares_of_values_that_changed_count() -> None:
    assert psi(pl.Series(["a"] * 500 + ["b"] * 500), pl.Series(["a"] * 380 + ["b"] * 20)) > 0.5


def test_a_value_that_holds_most_of_a_column_is_a_bin_of_its_own() -> None:
    before = pl.Series([0.0] * 800 + list(np.linspace(1, 2, 200)))
    now = pl.Series([0.0] * 300 + list(np.linspace(1, 2, 100)))
    assert psi(before, now) < 0.05
    assert psi(before, pl.Series([0.0] * 100 + list(np.linspace(1, 2, 300)))) > 0.5


def test_missing_values_are_left_to_others() -> None:
    values = pl.Series([1.0, 2.0, None, float("nan")] * 100)
    assert psi(values, pl.Series([1.0, 2.0] * 200)) == 0.0


@given(st.lists(st.floats(-5, 5), min_size=1, max_size=50), st.lists(st.floats(-5, 5), min_size=1, max_size=50))
def test_it_is_never_below_nothing(before: list[float], now: list[float]) -> None:
    assert psi(pl.Series(before, dtype=pl.Float64), pl.Series(now, dtype=pl.Float64)) >= 0.0


def test_nothing_is_said_of_a_column_without_values() -> None:
    assert psi(pl.Series([None], dtype=pl.Float64), pl.Series([1.0])) == 0.0
