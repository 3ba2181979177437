"""Pacing: a quota is spread over its hours, and what is unused stays there for the day."""

from __future__ import annotations

from datetime import datetime, time, timedelta

from hypothesis import given
from hypothesis import strategies as st

from leads.actions.pacing import Pace

MIDNIGHT = datetime(2026, 3, 4)
SECONDS = st.integers(0, 86_399)


@st.composite
def paces(draw: st.DrawFn) -> Pace:
    opens, closes = sorted(draw(st.lists(st.integers(0, 1439), min_size=2, max_size=2, unique=True)))
    return Pace(draw(st.integers(0, 5000)), at(opens * 60).time(), at(closes * 60).time(), draw(st.integers(0, 200)))


def at(seconds: float) -> datetime:
    return MIDNIGHT + timedelta(seconds=seconds)


@given(paces(), SECONDS)
def test_the_quota_is_never_exceeded(pace: Pace, second: int) -> None:
    assert 0 <= pace.most(at(second)) <= pace.daily_quota


@given(paces(), SECONDS)
def test_it_runs_ahead_of_the_clock_by_the_slack_at_most(pace: Pace, second: int) -> None:
    assert pace.most(at(second)) <= pace.daily_quota * pace.elapsed(at(second)) + pace.slack


@given(paces(), SECONDS, SECONDS)
def test_what_is_unused_stays_there_for_the_day(pace: Pace, one: int, other: int) -> None:
    assert pace.most(at(min(one, other))) <= pace.most(at(max(one, other)))


@given(paces())
def test_the_whole_quota_is_there_when_it_closes(pace: Pace) -> None:
    assert pace.closes is not None
    assert pace.most(datetime.combine(MIDNIGHT, pace.closes)) == pace.daily_quota


@given(paces(), SECONDS)
def test_before_it_opens_there_is_nothing(pace: Pace, second: int) -> None:
    assert pace.opens is not None
    if at(second).time() < pace.opens:
        assert pace.most(at(second)) == 0
        assert not pace.is_open(at(second))


def test_the_closing_time_is_past_the_hours() -> None:
    pace = Pace(10, time(9), time(20))
    assert pace.is_open(datetime(2026, 3, 4, 9))
    assert not pace.is_open(datetime(2026, 3, 4, 20))


def test_without_hours_the_whole_day_counts() -> None:
    assert Pace(240).most(datetime(2026, 3, 4, 12)) == 121
