"""Durations as people write them."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leads.words.durations import format_duration, parse_duration


@pytest.mark.parametrize(
    ("text", "duration"),
    [
        ("90s", timedelta(seconds=90)),
        ("30m", timedelta(minutes=30)),
        ("24h", timedelta(days=1)),
        ("1.5d", timedelta(hours=36)),
        ("-7d", timedelta(days=-7)),
        (" 7 d ", timedelta(days=7)),
    ],
)
def test_a_number_and_a_unit_is_a_duration(text: str, duration: timedelta) -> None:
    assert parse_duration(text) == duration


@pytest.mark.parametrize("text", ["", "d", "7", "7 weeks", "7dd", "1e3d", "seven days", "7D", "--7d"])
def test_anything_else_is_refused_and_told_what_is_allowed(text: str) -> None:
    with pytest.raises(ValueError, match="such as 24h or 7d"):
        parse_duration(text)


@pytest.mark.parametrize(
    ("duration", "text"),
    [
        (timedelta(hours=48), "2d"),
        (timedelta(hours=36), "36h"),
        (timedelta(minutes=90), "90m"),
        (timedelta(seconds=61), "61s"),
        (timedelta(), "0s"),
    ],
)
def test_a_duration_is_written_in_its_largest_whole_unit(duration: timedelta, text: str) -> None:
    assert format_duration(duration) == text


@given(st.integers(min_value=-(10**8), max_value=10**8))
def test_what_is_written_reads_back_the_same(seconds: int) -> None:
    duration = timedelta(seconds=seconds)
    assert parse_duration(format_duration(duration)) == duration
