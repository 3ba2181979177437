"""Where customers stand: stages, segments and tiers as they are declared."""

from __future__ import annotations

from typing import Any

import polars as pl
import pytest

from features.configuration import Configuration
from leads.configuration.lifecycle import Lifecycle, parse_lifecycle
from leads.configuration.section import Section
from leads.errors import InvalidWorkspace
from leads.sheet.columns import Columns
from leads.sheet.sheet import Sheet

LIFECYCLE: dict[str, Any] = {
    "lifecycle": {
        "insured": {"when": "policies > 0", "since": "held", "next": ["silent"]},
        "silent": {"when": "true", "next": ["insured"]},
    },
    "segments": {"young": {"when": "age < 30"}, "old": {"when": "age > 20"}},
    "value_tiers": {"top": {"when": "policies > 1"}, "ordinary": {"when": "true"}},
}
FRAME = pl.DataFrame(
    {"policies": [1.0, 0.0, None, 2.0], "held": [5.0, 6.0, 7.0, None], "age": [25.0, 35.0, None, 10.0]}
)


def lifecycle(document: dict[str, Any]) -> Lifecycle:
    return parse_lifecycle(Section("workspace.yaml", "", document))


def stood(read: Lifecycle, frame: pl.DataFrame) -> pl.DataFrame:
    """Where the rows of a frame stand."""
    return Sheet(Columns(read.schema), *read.of(Sheet.of(frame))).frame()


def test_the_first_stage_whose_rule_holds_is_the_customers() -> None:
    told = stood(lifecycle(LIFECYCLE), FRAME)
    assert told["stage"].to_list() == ["insured", "silent", "silent", "insured"]
    assert told["stage_days"].to_list() == [5.0, None, None, None]


def test_a_customer_may_be_in_several_segments_and_is_in_one_tier() -> None:
    told = stood(lifecycle(LIFECYCLE), FRAME)
    assert told["segment__young"].to_list() == [True, False, False, True]
    assert told["segment__old"].to_list() == [True, True, False, False]
    assert told["value_tier"].to_list() == ["ordinary", "ordinary", "ordinary", "top"]


def test_columns_are_those_of_the_schema() -> None:
    read = lifecycle(LIFECYCLE)
    assert dict(stood(read, FRAME).schema) == read.schema
    assert stood(lifecycle({}), FRAME).width == 0


@pytest.mark.parametrize(
    ("document", "key"),
    [
        ({"lifecycle": {"a": {}}}, "lifecycle.a.when"),
        ({"lifecycle": {"a": {"when": "x >"}}}, "lifecycle.a.when"),
        ({"lifecycle": {"a": {"when": "true", "next": ["b"]}}}, "lifecycle.a.next"),
        ({"lifecycle": {"a": {"when": "true", "then": ["a"]}}}, "lifecycle.a.then"),
        ({"lifecycle": {"a": {"when": "x"}, "b": {"when": "true"}}}, "lifecycle"),
        ({"segments": {"a": {"when": 3}}}, "segments.a.when"),
        ({"value_tiers": {"a": {"rule": "true"}}}, "value_tiers.a.rule"),
    ],
)
def test_a_wrong_declaration_is_refused_by_key(document: dict[str, Any], key: str) -> None:
    with pytest.raises(InvalidWorkspace) as refused:
        lifecycle(document)
    assert refused.value.key == key


def stage_of(insurer: Configuration, **known: Any) -> str:
    schema = insurer.layout.told_schema
    frame = pl.DataFrame([{name: known.get(name) for name in schema}], schema=schema)
    stage: str = stood(insurer.workspace.lifecycle, frame)["stage"][0]
    return stage


@pytest.mark.parametrize(
    ("known", "stage"),
    [
        ({}, "silent"),
        ({"any__since_last_days": 100.0}, "silent"),
        ({"any__since_last_days": 3.0, "policies_ever": 0.0}, "potential"),
        ({"any__since_last_days": 3.0, "quote_requested__since_last_days": 3.0}, "high_intent"),
        ({"policies_active": 1.0, "policies_ever": 1.0, "policy_motor_held_days": 9.0}, "newly_insured"),
        ({"policies_active": 1.0, "policies_ever": 1.0, "policy_motor_held_days": 99.0}, "insured"),
        ({"policies_active": 2.0, "policies_ever": 2.0, "policy_motor_held_days": 9.0}, "cross_product"),
        ({"policies_active": 1.0, "policy_next_expiry_days": 30.0}, "renewing"),
        ({"policies_active": 0.0, "policies_ever": 1.0}, "lost"),
        ({"call_completed__not_interested__since_last_days": 5.0, "any__since_last_days": 5.0}, "not_interested"),
    ],
)
def test_the_sample_insurers_customers_stand_where_people_would_say(
    insurer: Configuration, known: dict[str, Any], stage: str
) -> None:
    assert stage_of(insurer, **known) == stage
