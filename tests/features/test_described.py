"""Every feature says what it is about, what is measured and over what time."""

from __future__ import annotations

from datetime import timedelta

import pytest

from features.configuration import Configuration, load
from leads.reasons.feature import Feature, Kind, Measure, Subject


@pytest.fixture(scope="module")
def insurer() -> Configuration:
    return load("insurer")


def test_every_column_that_a_model_may_read_is_described_with_its_type(insurer: Configuration) -> None:
    layout = insurer.layout
    readable = {**layout.told_schema, **layout.product_schema}
    columns = {name: dtype for name, dtype in readable.items() if name not in layout.for_rules}
    assert columns
    assert {name: feature.dtype for name, feature in layout.described.items()} == columns


def test_a_count_carries_its_event_the_value_that_counts_and_its_half_life(insurer: Configuration) -> None:
    assert insurer.layout.described["quote_requested__health__count_30d"] == Feature(
        "quote_requested__health__count_30d",
        Subject(Kind.EVENT, "quote.requested", "product", "health"),
        Measure.COUNT,
        timedelta(days=30),
    )


def test_the_same_count_of_the_product_of_the_row_names_no_product(insurer: Configuration) -> None:
    found = insurer.layout.described["this__quote_requested__count_30d"]
    assert found.subject == Subject(Kind.EVENT, "quote.requested", "product")
    assert found.span == timedelta(days=30)


def test_a_value_that_came_with_an_event_carries_its_field(insurer: Configuration) -> None:
    last = insurer.layout.described["call_completed__talk_seconds_last"]
    assert (last.measure, last.field, last.span) == (Measure.LAST, "talk_seconds", None)
