"""A number's range is declared, and a declaration that makes no sense is refused."""

from __future__ import annotations

from typing import Any

import pytest

from leads.configuration.range import Range, parse_range
from leads.configuration.section import Section
from leads.errors import InvalidInput, InvalidWorkspace


def test_both_ends_are_inside() -> None:
    for value in (0, 120):
        Range(0, 120).check("age", value)
    for value in (-0.1, 120.1):
        with pytest.raises(InvalidInput, match="a number from 0 to 120"):
            Range(0, 120).check("age", value)
    Range().check("age", -1e15)


@pytest.mark.parametrize(
    ("kind", "values", "key"),
    [
        ("text", {"least": 0}, "least"), ("number", {"most": "old"}, "most"),
        ("number", {"least": 2, "most": 1}, "most"),
    ],
)  # fmt: skip
def test_a_range_of_nothing_or_of_no_number_is_refused(kind: str, values: dict[str, Any], key: str) -> None:
    with pytest.raises(InvalidWorkspace) as refused:
        parse_range(Section.of("workspace.yaml", "tags.age", values), kind)
    assert refused.value.key == f"tags.age.{key}"
