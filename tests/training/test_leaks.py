"""Features that know the outcome are named before anything is learned from them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from features.home import Home
from leads.errors import InvalidInput
from tests.training.small_insurer import WORKSPACE, Ready, home_in, simulated
from training.leaks import leaks
from training.train import train

N = 4_000
RNG = np.random.default_rng(5)
LABEL = (RNG.random(N) < 0.1).astype(np.float64)
CUSTOMERS = pl.Series([f"c{number:04d}" for number in range(N)])


def found(tags: tuple[str, ...] = (), **columns: object) -> dict[str, str]:
    rows = pl.DataFrame(columns, strict=False)
    return {leak.feature: leak.sign for leak in leaks(rows, list(columns), tags, CUSTOMERS, LABEL)}


def test_a_number_that_ranks_the_outcome_alone_is_named() -> None:
    told = found(signal=LABEL * 3 + RNG.normal(0, 0.5, N), age=RNG.normal(40, 9, N))
    assert list(told) == ["signal"]
    assert "alone" in told["signal"]


def test_one_that_tells_it_in_the_middle_of_its_range_is_named_too() -> None:
    assert list(found(code=np.where(LABEL > 0, RNG.uniform(0.4, 0.5, N), RNG.choice([0.1, 0.9], N)))) == ["code"]


def test_a_category_that_is_the_outcome_under_another_name_is_named() -> None:
    assert list(found(state=np.where(LABEL > 0, "won", "open").tolist())) == ["state"]


def test_a_column_that_is_filled_for_one_outcome_only_is_named_however_few_have_it() -> None:
    late = (LABEL > 0) & (RNG.random(N) < 0.3)
    told = found(policy_number=np.where(late, "p", None).tolist())
    assert list(told) == ["policy_number"]
    assert "filled for successes only" in told["policy_number"]


def test_a_column_that_is_empty_for_one_outcome_only_is_named() -> None:
    empty = (LABEL > 0) & (RNG.random(N) < 0.4)
    assert list(found(next_call=np.where(empty, None, 3.0).tolist())) == ["next_call"]


def test_a_tag_that_is_empty_for_all_but_those_who_ever_succeed_is_named_and_an_interaction_is_not() -> None:
    ever = (LABEL > 0) | (RNG.random(N) < 0.5)
    column = np.where(ever, 1.0, None).tolist()
    assert list(found(("contract",), contract=column)) == ["contract"]
    assert found(quote_days=column) == {}


def test_what_the_rarer_outcome_lacks_by_chance_is_no_leak() -> None:
    seldom = RNG.random(N) < 0.01
    assert found(seldom=np.where(seldom & (LABEL == 0), 1.0, None).tolist()) == {}


def test_an_id_that_nobody_shares_tells_nothing() -> None:
    assert found(number=CUSTOMERS.to_list(), place=np.arange(N, dtype=np.float64)) == {}


@settings(max_examples=40, deadline=None)
@given(strength=st.floats(0, 1.6), seed=st.integers(0, 99), missing=st.floats(0, 0.9))
def test_a_feature_that_tells_something_is_no_leak(strength: float, seed: int, missing: float) -> None:
    rng = np.random.default_rng(seed)
    values = np.where(rng.random(N) < missing, np.nan, strength * LABEL + rng.normal(0, 1, N))
    assert found(useful=pl.Series(values).fill_nan(None)) == {}


def test_too_few_cases_tell_nothing() -> None:
    label = np.zeros(N)
    label[:10] = 1
    assert leaks(pl.DataFrame({"x": label}), ["x"], (), CUSTOMERS, label) == []


def _leaky(folder: Path, ready: Ready, more: str = "") -> Home:
    """A home whose customers carry a tag that was written down after the outcome."""
    history = simulated()
    bought = history.events.filter(pl.col("type") == "policy.purchased")["customer_id"].unique()
    knows = pl.when(pl.col("customer_id").is_in(bought.implode())).then(1.0).otherwise(None)
    customers = history.customers.with_columns(knows.alias("contract_days"))
    text = WORKSPACE.replace("  age: {type: number}", "  age: {type: number}\n  contract_days: {type: number}")
    text = text.replace(
        "    target: policy.purchased\n    horizon: 30d", f"    target: policy.purchased\n{more}    horizon: 30d"
    )
    return ready(home_in(folder, type(history)(customers, history.events, history.observed_until), text))


def test_training_stops_at_a_leak_and_names_it_and_the_way_on(tmp_path: Path, ready: Ready) -> None:
    with pytest.raises(InvalidInput, match=r"contract_days.*allow_leaks: \[contract_days\]"):
        train(_leaky(tmp_path, ready), "conversion", threads=1)


@pytest.mark.parametrize("declared", [True, False])
def test_training_goes_on_where_the_leak_is_allowed_and_says_so(tmp_path: Path, ready: Ready, declared: bool) -> None:
    home = _leaky(tmp_path, ready, "    allow_leaks: [contract_*]\n" if declared else "")
    result = train(home, "conversion", threads=1, allow_leaks=not declared)
    noted = next(check for check in result.checks if check.name == "leaks")
    assert noted.passed
    assert "contract_days" in noted.note
