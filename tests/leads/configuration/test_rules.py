"""Rules as SQL over the feature sheet."""

from __future__ import annotations

from typing import Any

import polars as pl
import pytest

from leads.configuration.rules import Rule, check_rules, parse_rule
from leads.configuration.section import Section
from leads.errors import InvalidWorkspace
from tests.frames import sheet_of

SECTION = Section("file.yaml", "rules", {})
SCHEMA: dict[str, pl.DataType] = {"age": pl.Float64(), "region": pl.String(), "vip": pl.Boolean()}


def rule(sql: Any) -> Rule:
    return parse_rule("r", sql, SECTION, "r")


def test_a_rule_holds_where_its_condition_is_true() -> None:
    frame = pl.DataFrame({"age": [17.0, 18.0, 70.0]})
    assert rule("age BETWEEN 18 AND 65").holds(sheet_of(frame)).tolist() == [False, True, False]


def test_what_is_not_known_does_not_hold() -> None:
    frame = pl.DataFrame({"age": [None, 20.0], "vip": [None, True]})
    assert rule("age >= 18").holds(sheet_of(frame)).tolist() == [False, True]
    assert rule("NOT vip").holds(sheet_of(frame)).tolist() == [False, False]
    assert rule("coalesce(age, 99) >= 18").holds(sheet_of(frame)).tolist() == [True, True]


@pytest.mark.parametrize(("sql", "holds"), [(True, True), (False, False), ("1 = 1", True)])
def test_a_constant_rule_holds_for_everyone_or_nobody(sql: Any, holds: bool) -> None:
    assert rule(sql).holds(sheet_of(pl.DataFrame({"age": [1.0, None, 3.0]}))).tolist() == [holds] * 3


def test_a_rule_knows_what_it_reads() -> None:
    assert rule("age > 3 AND (vip OR age < 1)").columns == ("age", "vip")


@pytest.mark.parametrize("sql", ["age >", "SELECT 1 FROM", "", 3, None, ["age > 3"]])
def test_what_is_not_a_condition_is_refused_where_it_stands(sql: Any) -> None:
    with pytest.raises(InvalidWorkspace) as refused:
        rule(sql)
    assert refused.value.key == "rules.r"
    assert "a SQL condition" in str(refused.value)


def test_rules_that_read_what_exists_pass() -> None:
    check_rules([rule("age > 3"), rule("region = 'east'"), rule("true")], SCHEMA)


def test_a_misspelt_column_is_refused_with_the_nearest_that_exist() -> None:
    with pytest.raises(InvalidWorkspace, match="such as region"):
        check_rules([rule("regoin = 'east'")], SCHEMA)


def test_a_column_like_no_other_is_refused_with_some_that_exist() -> None:
    with pytest.raises(InvalidWorkspace, match="age, region, vip"):
        check_rules([rule("zzzzzz = 1")], SCHEMA)


def test_comparing_what_cannot_be_compared_is_refused() -> None:
    with pytest.raises(InvalidWorkspace, match="a condition Polars accepts"):
        check_rules([rule("region > 3")], SCHEMA)


def test_an_expression_that_is_not_a_condition_is_refused() -> None:
    with pytest.raises(InvalidWorkspace, match="true or false"):
        check_rules([rule("age + 1")], SCHEMA)
