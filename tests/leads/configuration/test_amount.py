"""Amounts: numbers, or SQL that gives them."""

from __future__ import annotations

from typing import Any

import pytest

from leads.configuration.amount import Amount, parse_amount
from leads.configuration.rules import check_rules
from leads.configuration.section import Section
from leads.errors import InvalidWorkspace


def amount(value: Any) -> Amount:
    return parse_amount(Section("actions.yaml", "actions.x", {"value": value}), "value", 1.0)


def test_an_absent_amount_is_the_default() -> None:
    assert parse_amount(Section("actions.yaml", "actions.x", {}), "value", 1.0) == Amount(1.0)


@pytest.mark.parametrize(("value", "number"), [(3, 3.0), ("162.5 * 2", 325.0), ("7", 7.0), ("greatest(1, 2)", 2.0)])
def test_an_amount_that_reads_nothing_is_worked_out_once(value: Any, number: float) -> None:
    assert amount(value) == Amount(number)


def test_an_amount_may_read_the_customer(schema: dict[str, Any]) -> None:
    read = amount("age * 2")
    assert read.rule is not None
    assert read.rule.columns == ("age",)
    check_rules(read.check(), schema)


def test_an_amount_that_is_not_a_number_is_refused_against_the_schema(schema: dict[str, Any]) -> None:
    with pytest.raises(InvalidWorkspace, match=r"actions\.x\.value"):
        check_rules(amount("concat(region, 'x')").check(), schema)


def test_an_amount_that_reads_what_does_not_exist_is_refused(schema: dict[str, Any]) -> None:
    with pytest.raises(InvalidWorkspace, match="such as age"):
        check_rules(amount("agee * 2").check(), schema)


@pytest.mark.parametrize("value", ["'text'", "1 / 0", "NULL", "3 *", True, [3], "0.0 / 0.0"])
def test_what_gives_no_number_is_refused(value: Any) -> None:
    with pytest.raises(InvalidWorkspace) as refused:
        amount(value)
    assert refused.value.key == "actions.x.value"
