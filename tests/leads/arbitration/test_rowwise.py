"""Rules in Python give what they give in Polars."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from features.configuration import Configuration
from leads.arbitration.compiled import plan_of
from leads.arbitration.decisions import arbitrate
from leads.arbitration.rowwise import NOT_A_NUMBER, compiled, readable
from tests.leads.conftest import MORNING

RULES = (
    "a > 0.1", "a <= 3 AND b", "a > 1 OR b OR s = 'x'", "NOT b", "NOT coalesce(b, false)", "a IS NULL",
    "a IS NOT NULL AND s <> 'y'", "s IN ('x', 'y')", "coalesce(s, 'z') IN ('x', 'z')", "a BETWEEN 1 AND 2",
    "least(a, c) <= 1", "greatest(a, c, 2) > 1", "coalesce(least(a, c), 9999) >= 30", "a - 2 * c + 1 > 0.5", "true",
    "CASE WHEN a > 1 THEN b ELSE c > 1 END", "NOT (a > 1 AND b)", "0 - coalesce(a, c) < 1.5", "s NOT IN ('x')",
)  # fmt: skip
AMOUNTS = ("a * 3", "CASE WHEN s = 'x' THEN 20 WHEN b THEN 7 ELSE 0 END", "(CASE WHEN b THEN 20 ELSE 0 END) * 3", "a")
numbers = st.one_of(st.none(), st.sampled_from([0.0, 0.1, 0.5, 1.0, 2.0, 30.0]), st.floats(-5, 5))
rows = st.fixed_dictionaries(
    {"a": numbers, "c": numbers, "b": st.one_of(st.none(), st.booleans()), "s": st.sampled_from(["x", "y", "z", None])}
)


@pytest.mark.parametrize("sql", RULES + AMOUNTS)
def test_what_insurers_write_is_compiled(sql: str) -> None:
    assert compiled(pl.sql_expr(sql)) is not None


@given(row=rows, sql=st.sampled_from(RULES + AMOUNTS))
def test_python_answers_what_polars_answers(row: dict[str, object], sql: str) -> None:
    frame = pl.DataFrame([row], schema={"a": pl.Float64, "c": pl.Float64, "b": pl.Boolean, "s": pl.String})
    expression = pl.sql_expr(sql)
    evaluate = compiled(expression)
    assert evaluate is not None
    assert evaluate(row) == frame.select(expression.alias("answer"))["answer"][0]


QUOTIENTS = ("a / c > 1", "ln(a + 6) > 1", "(a + 1) / (coalesce(c, 0) + 3) < 0.5", "ln((a + 6) / 2)", "a / 2", "3 / c")


@given(row=rows, sql=st.sampled_from(QUOTIENTS))
def test_a_quotient_or_logarithm_is_what_polars_says_or_left_to_it(row: dict[str, object], sql: str) -> None:
    frame = pl.DataFrame([row], schema={"a": pl.Float64, "c": pl.Float64, "b": pl.Boolean, "s": pl.String})
    expression = pl.sql_expr(sql)
    evaluate = compiled(expression)
    assert evaluate is not None
    expected = frame.select(expression.alias("answer"))["answer"][0]
    try:
        assert evaluate(row) == expected
    except NOT_A_NUMBER:
        assert row["c"] == 0


@pytest.mark.parametrize("value", [0.0, -1.0])
def test_what_has_no_logarithm_is_left_to_polars(value: float) -> None:
    evaluate = compiled(pl.sql_expr("ln(a)"))
    assert evaluate is not None
    with pytest.raises(NOT_A_NUMBER):
        evaluate({"a": value})


@pytest.mark.parametrize("sql", ["upper(s) = 'X'", "s LIKE 'x%'", "CAST(a AS INTEGER) = 1"])
def test_what_only_polars_knows_is_left_to_it(sql: str) -> None:
    assert compiled(pl.sql_expr(sql)) is None


def test_a_row_with_nan_is_left_to_polars() -> None:
    assert readable({"a": 1.0, "s": None})
    assert not readable({"a": float("nan")})


def test_every_rule_of_the_sample_insurer_is_compiled(insurer: Configuration) -> None:
    assert plan_of(insurer.catalogue).rowwise is not None


def test_one_customer_is_decided_as_among_many(
    insurer: Configuration, random_frame: Callable[[int, int], pl.DataFrame]
) -> None:
    frame = random_frame(300, 11)
    whole = arbitrate(frame, insurer.catalogue, MORNING, limit=3)
    for row in range(0, 300, 7):
        one = arbitrate(frame[row], insurer.catalogue, MORNING, limit=3)
        np.testing.assert_array_equal(one.rejected[0], whole.rejected[row])
        np.testing.assert_array_equal(one.priority[0], whole.priority[row])
