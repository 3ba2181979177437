"""A column made like another's moves as little as can be."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitoring.statistics.transport import transported

RNG = np.random.default_rng(3)


def test_a_shift_is_taken_back_row_by_row() -> None:
    reference = RNG.normal(size=4_000).astype(np.float32)
    live = RNG.normal(2.0, 1.0, size=500).astype(np.float32)
    moved = live - transported(live, reference, categories=False, rng=RNG)
    assert np.mean(moved) == pytest.approx(2.0, abs=0.15)
    assert np.std(moved) < 0.3


def test_what_has_not_moved_stays_about_where_it_is() -> None:
    reference = RNG.normal(size=4_000).astype(np.float32)
    live = RNG.normal(size=500).astype(np.float32)
    assert np.abs(live - transported(live, reference, categories=False, rng=RNG)).mean() < 0.1


def test_numbers_keep_their_order() -> None:
    live = RNG.normal(size=200).astype(np.float32)
    out = transported(live, RNG.exponential(size=900).astype(np.float32), categories=False, rng=RNG)
    assert (np.diff(out[np.argsort(live)]) >= 0).all()


def test_categories_change_only_as_far_as_their_shares_did() -> None:
    reference = np.repeat([0.0, 1.0], [500, 500]).astype(np.float32)
    live = np.repeat([0.0, 1.0], [80, 20]).astype(np.float32)
    out = transported(live, reference, categories=True, rng=RNG)
    assert (out == 1).sum() == 50
    assert (out != live).sum() == 30


def test_as_many_are_missing_as_in_the_reference() -> None:
    reference = np.where(np.arange(1_000) < 250, np.nan, 1.0).astype(np.float32)
    for missing in (0, 40, 100):
        live = np.where(np.arange(100) < missing, np.nan, 2.0).astype(np.float32)
        assert np.isnan(transported(live, reference, categories=False, rng=RNG)).sum() == 25


@given(st.lists(st.one_of(st.floats(-5, 5, width=32), st.just(float("nan"))), min_size=1, max_size=40), st.booleans())
def test_every_value_is_one_of_the_references(values: list[float], categories: bool) -> None:
    reference = np.array([0.0, 1.0, 1.0, np.nan, 3.0], np.float32)
    live = np.clip(np.round(np.array(values, np.float32)), 0, 3) if categories else np.array(values, np.float32)
    out = transported(live, reference, categories, np.random.default_rng(1))
    known = set(reference[~np.isnan(reference)]) | (set(live[~np.isnan(live)]) if categories else set())
    assert set(out[~np.isnan(out)]) <= known
