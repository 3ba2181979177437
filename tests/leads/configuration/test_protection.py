from __future__ import annotations

from typing import Any

import polars as pl
import pytest

from leads.configuration.protection import Protected, Protection, parse_protection
from leads.configuration.section import Section
from leads.errors import InvalidWorkspace

TYPES = {"gender": "category", "age": "number", "vip": "boolean", "name": "text", "born": "time"}


def parsed(**fairness: Any) -> Protection:
    return parse_protection(Section.of("workspace.yaml", "", {"fairness": fairness}), TYPES)


def test_a_list_of_tags_takes_the_bounds_of_all() -> None:
    found = parsed(protected=["gender", "vip"], selection=0.8)
    assert found.protected == (Protected("gender", selection=0.8), Protected("vip", selection=0.8))


def test_a_tag_has_bounds_and_bands_of_its_own() -> None:
    found = parsed(protected={"gender": {"selection": 0.9}, "age": {"bands": [30, 45]}}, calibration=0.2)
    assert found.protected == (Protected("gender", (), 0.9, 0.2), Protected("age", (30.0, 45.0), None, 0.2))


def test_nothing_is_protected_where_nothing_is_declared() -> None:
    assert parse_protection(Section.of("workspace.yaml", "", {}), TYPES).protected == ()


@pytest.mark.parametrize(
    ("fairness", "told"),
    [
        ({"protected": ["hair"]}, "hair"),
        ({"protected": ["name"]}, "name"),
        ({"protected": ["age"]}, "bands"),
        ({"protected": {"gender": {"bands": [1, 2]}}}, "bands"),
        ({"protected": {"age": {"bands": [45, 30]}}}, "bands"),
        ({"protected": ["gender"], "selection": 1.2}, "selection"),
        ({"protected": {"gender": {"selection": 0}}}, "selection"),
        ({"protected": ["gender"], "top": 0}, "top"),
        ({"protected": ["gender"], "least": 0}, "least"),
        ({"protect": ["gender"]}, "protect"),
    ],
)
def test_what_cannot_be_meant_is_refused_by_its_key(fairness: dict[str, Any], told: str) -> None:
    with pytest.raises(InvalidWorkspace, match=told):
        parsed(**fairness)


def test_numbers_fall_into_bands_from_their_lower_end_and_the_unknown_are_a_group() -> None:
    groups = Protected("age", (30.0, 45.0)).groups(pl.Series([29.9, 30.0, 44.0, 45.0, None]))
    assert groups.to_list() == ["under 30", "30 to 45", "30 to 45", "45 and over", "unknown"]


def test_truths_and_categories_are_groups_by_their_values() -> None:
    assert Protected("vip").groups(pl.Series([True, False, None])).to_list() == ["true", "false", "unknown"]
