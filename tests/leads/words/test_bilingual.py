"""Numbers, times and effects in words."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leads.words.bilingual import Words, as_number, change, is_missing, number

anything = st.none() | st.booleans() | st.floats() | st.integers() | st.text()


@pytest.mark.parametrize(
    ("value", "text"),
    [(2.04, "2"), (2.05, "2.0"), (2.31, "2.3"), (-0.4, "-0.4"), (1e6, "1000000"), ("x", "x")],
)
def test_a_number_has_at_most_one_decimal(value: Any, text: str) -> None:
    assert number(value).removesuffix(".0") == text.removesuffix(".0")


@pytest.mark.parametrize("value", [None, float("nan"), float("inf"), float("-inf")])
def test_what_is_no_finite_number_is_missing(value: Any) -> None:
    assert is_missing(value)
    assert as_number(value) is None


@pytest.mark.parametrize(("goal", "text"), [("approval", "an approval"), ("renewal", "a renewal")])
def test_a_goal_has_its_article(goal: str, text: str) -> None:
    assert change(0.052, Words("目标", goal)).en == f"contact raises the chance of {text} by 5.2 points"


@given(anything)
def test_anything_can_be_put_into_words(value: Any) -> None:
    assert isinstance(number(value), str)
    assert is_missing(value) in (True, False)
