"""Charts of a model say what is so: rows stand for as many as they weigh, and what ships is shown."""

from __future__ import annotations

from itertools import pairwise

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from console.charts import shares, waterfall
from console.model_charts import calibration, lift


def test_a_chance_that_comes_true_as_often_as_it_says_lies_on_the_line_though_failures_were_thinned_out() -> None:
    kept = [(0.1, 1.0, 1.0)] * 10 + [(0.1, 0.0, 9.0)] * 10
    frame = pl.DataFrame(kept, schema=["probability", "label", "weight"], orient="row")
    assert sum(tenth.rows for tenth in calibration(frame)) == 20
    whole = sum(tenth.observed for tenth in calibration(frame)) / len(calibration(frame))
    assert whole == pytest.approx(0.1, abs=0.06)


def test_what_ships_is_judged_where_it_was() -> None:
    frame = pl.DataFrame(
        {"probability": [0.9, 0.8], "label": [1.0, 0.0], "weight": [1.0, 1.0], "shipped": [0.3, None],
         "shipped_weight": [2.0, None]}
    )  # fmt: skip
    (only,) = calibration(frame)
    assert (only.predicted, only.observed, only.rows) == (0.3, 1.0, 1)


@pytest.mark.parametrize(
    "frame", [pl.DataFrame({"probability": [0.1]}), pl.DataFrame({"label": [], "probability": []})]
)
def test_of_nothing_there_is_no_chart(frame: pl.DataFrame) -> None:
    assert calibration(frame) == [] and lift(frame) == []


rows = st.lists(st.tuples(st.floats(0, 1), st.sampled_from([0.0, 1.0]), st.floats(0.1, 9)), min_size=1, max_size=60)


@given(rows)
def test_the_more_are_called_the_more_is_reached_and_in_the_end_all(found: list[tuple[float, float, float]]) -> None:
    reached = lift(pl.DataFrame(found, schema=["probability", "label", "weight"], orient="row"))
    assert reached == sorted(reached)
    assert not reached or reached[-1] == pytest.approx((1.0, 1.0))


@given(st.lists(st.floats(-500, 500), min_size=1, max_size=6))
def test_bars_of_a_waterfall_begin_where_the_one_before_ended(amounts: list[float]) -> None:
    bars = waterfall([(str(n), amount, "") for n, amount in enumerate(amounts)])
    assert all(one.end == pytest.approx(other.start) for one, other in pairwise(bars[:-1]))
    assert bars[-1].end == pytest.approx(bars[-2].end)
    assert all(-1e-9 <= edge <= 1 + 1e-9 for bar in bars for edge in (bar.start, bar.end))


@given(st.lists(st.integers(0, 1000), min_size=1, max_size=6))
def test_shares_lie_beside_each_other_within_the_whole(counts: list[int]) -> None:
    found = shares([(str(n), count) for n, count in enumerate(counts)])
    assert sum(share.width for share in found) == pytest.approx(100 if sum(counts) else 0, abs=0.1)
