"""When somebody may be called next."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from features.configuration import load
from serving.queue.hours import call_hours, next_open

NIGHT = datetime(2026, 11, 28, 18, 23, 7, tzinfo=UTC)
"""Half past two in Shanghai."""


def test_within_call_hours_the_next_time_is_now() -> None:
    morning = datetime(2026, 11, 28, 2, 1, 30, tzinfo=UTC)
    assert next_open(load("insurer"), morning) == morning


def test_at_night_it_is_when_calls_begin() -> None:
    insurer = load("insurer")
    opens = next_open(insurer, NIGHT)
    assert opens is not None
    assert opens > NIGHT
    assert call_hours(insurer)([None], opens)[0]
    assert not call_hours(insurer)([None], opens - timedelta(minutes=5))[0]
