"""Rules over a sheet give what they give in Polars."""

from __future__ import annotations

import pickle

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from leads.sheet.program import BY_ROW, MANY, Program
from leads.sheet.sheet import Sheet

SCHEMA = {"a": pl.Float64, "c": pl.Float64, "b": pl.Boolean, "s": pl.String, "t": pl.String}
CONDITIONS = (
    "a > 0.1", "a <= 3 AND b", "a > 1 OR b OR s = 'x'", "NOT b", "NOT coalesce(b, false)", "a IS NULL", "b IS NULL",
    "a IS NOT NULL AND s <> 'y'", "s IN ('x', 'y')", "coalesce(s, 'z') IN ('x', 'z')", "a BETWEEN 1 AND 2",
    "least(a, c) <= 1", "greatest(a, c, 2) > 1", "coalesce(least(a, c), 9999) >= 30", "a - 2 * c + 1 > 0.5", "true",
    "CASE WHEN a > 1 THEN b ELSE c > 1 END", "NOT (a > 1 AND b)", "0 - coalesce(a, c) < 1.5", "s NOT IN ('x')",
    "coalesce(s, t) = 'x'", "NOT (coalesce(s, t, 'w') = 'w')", "coalesce(s, t) IS NULL", "'x' = s", "a IN (1, 2)",
    "NOT (a IN (1, 2))", "b = true", "b <> true", "NOT (s = 'x' OR a > 1)", "a <> c", "NOT (a <> c)",
    "coalesce(b, a > 1)",
    "(a > 1) = (c > 1)", "NOT (b IS NULL)", "s = 'nowhere'", "s <> 'nowhere'",
)  # fmt: skip
AMOUNTS = (
    "a * 3", "CASE WHEN s = 'x' THEN 20 WHEN b THEN 7 ELSE 0 END", "(CASE WHEN b THEN 20 ELSE 0 END) * 3", "a",
    "a / 2", "CASE WHEN a > 1 THEN c END", "coalesce(a, c, 3)", "least(a, c, 4.5)",
)  # fmt: skip
QUOTIENTS = (
    "a / c > 1",
    "ln(a + 6) > 1",
    "(a + 1) / (coalesce(c, 0) + 3) < 0.5",
    "a / c",
    "3 / c",
    "ln(a)",
    "a / c - a / c",
)
LEFT = ("upper(s) = 'X'", "s LIKE 'x%'", "s > 'x'", "round(a) = 1", "s = t")
numbers = st.one_of(st.none(), st.sampled_from([0.0, 0.1, 0.5, 1.0, 2.0, 30.0, -1.0]), st.floats(-5, 5))
TIMES = st.sampled_from([1, BY_ROW + 1])
"""How often the same rows stand there: few are worked out one by one, many together."""

texts = st.sampled_from(["x", "y", "z", None])
rows = st.lists(
    st.fixed_dictionaries(
        {"a": numbers, "c": numbers, "b": st.one_of(st.none(), st.booleans()), "s": texts, "t": texts}
    ),
    min_size=1,
    max_size=6,
)


def framed(told: list[dict[str, object]]) -> pl.DataFrame:
    return pl.DataFrame(told, schema=SCHEMA)


@pytest.mark.parametrize("sql", CONDITIONS + AMOUNTS)
def test_what_insurers_write_is_compiled(sql: str) -> None:
    assert Program([pl.sql_expr(sql)]).compiled(Sheet.of(framed([])).columns) == [True]


@given(told=rows, sql=st.sampled_from(CONDITIONS + LEFT), times=TIMES)
def test_a_condition_holds_where_polars_says_so(told: list[dict[str, object]], sql: str, times: int) -> None:
    frame = framed(told * times)
    expected = frame.select(holds=pl.sql_expr(sql).fill_null(value=False))["holds"]
    expected = expected if len(expected) == len(frame) else expected.extend_constant(expected[0], len(frame) - 1)
    (found,) = Program([pl.sql_expr(sql)]).conditions(Sheet.of(frame), [0])
    assert found.tolist() == expected.to_list()


@given(told=rows, sql=st.sampled_from(AMOUNTS + QUOTIENTS), times=TIMES)
def test_an_amount_is_what_polars_says(told: list[dict[str, object]], sql: str, times: int) -> None:
    frame = framed(told * times)
    expected = frame.select(amount=pl.sql_expr(sql).cast(pl.Float64))["amount"].fill_null(np.nan).to_numpy()
    (found,) = Program([pl.sql_expr(sql)]).numbers(Sheet.of(frame), [0])
    np.testing.assert_allclose(found, expected, rtol=1e-12)


@given(told=rows, sql=st.sampled_from(AMOUNTS + QUOTIENTS))
def test_a_row_is_worked_out_to_the_last_bit_as_among_many(told: list[dict[str, object]], sql: str) -> None:
    alone = Program([pl.sql_expr(sql)]).numbers(Sheet.of(framed(told)), [0])[0]
    among = Program([pl.sql_expr(sql)]).numbers(Sheet.of(framed(told * (BY_ROW + 1))), [0])[0]
    np.testing.assert_array_equal(among[: len(told)], alone)


def test_a_rule_of_very_many_words_and_parts_is_compiled() -> None:
    words = ", ".join(f"'w{number}'" for number in range(500))
    parts = " AND ".join(f"a > {number}" for number in range(100))
    program = Program([pl.sql_expr(f"s IN ({words})"), pl.sql_expr(parts)])
    sheet = Sheet.of(framed([{"s": "w499", "a": 500.0}]))
    assert program.compiled(sheet.columns) == [True, True]
    assert [found.tolist() for found in program.conditions(sheet, [0, 1])] == [[True], [True]]


def test_what_many_rows_are_not_asked_for_is_not_missed() -> None:
    program = Program([pl.sql_expr("a > 1"), pl.sql_expr("b"), pl.sql_expr("upper(s) = 'X'"), pl.sql_expr("a * 2")])
    sheet = Sheet.of(framed([{"a": 2.0, "b": False, "s": "x"}] * MANY))
    conditions, numbers = program.answers(sheet, [2, 0], [3])
    assert [bool(found.all()) for found in conditions] == [True, True]
    assert set(numbers[0].tolist()) == {4.0}


@given(told=rows)
def test_what_several_rules_share_is_the_same_as_asked_alone(told: list[dict[str, object]]) -> None:
    sheet, together = Sheet.of(framed(told)), Program([pl.sql_expr(sql) for sql in CONDITIONS])
    for sql, found in zip(CONDITIONS, together.conditions(sheet, range(len(CONDITIONS))), strict=True):
        assert found.tolist() == Program([pl.sql_expr(sql)]).conditions(sheet, [0])[0].tolist()


def test_a_program_that_was_asked_already_goes_to_another_process() -> None:
    program, sheet = Program([pl.sql_expr("a > 1")]), Sheet.of(framed([{"a": 2.0}]))
    assert program.conditions(sheet, [0])[0].tolist() == [True]
    again: Program = pickle.loads(pickle.dumps(program))
    assert again.conditions(sheet, [0])[0].tolist() == [True]


@given(told=rows)
def test_a_sheet_gives_back_the_frame_that_it_was_made_of(told: list[dict[str, object]]) -> None:
    frame = framed(told)
    sheet = Sheet.of(frame)
    assert sheet.frame().equals(frame)
    assert sheet.rows() == frame.to_dicts()
    assert Sheet.of_rows(sheet.columns, frame.to_dicts()).frame().equals(frame)


def test_a_sheet_without_columns_has_the_rows_of_its_frame() -> None:
    frame = framed([{"a": 1.0}, {"a": 2.0}])
    sheet = Sheet.of(frame, [])
    assert len(sheet) == 2
    assert Program([pl.sql_expr("true")]).conditions(sheet, [0])[0].tolist() == [True, True]


def test_sheets_of_the_same_columns_share_what_is_worked_out_of_them() -> None:
    assert Sheet.of(framed([{"a": 1.0}])).columns is Sheet.of(framed([{"s": "x"}])).columns
