"""Recycling: when a lead is called again, at which of its numbers, and when no more."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leads.configuration.section import Section
from leads.contact.attempts import UNREACHED, Attempts
from leads.contact.best_hours import chances
from leads.contact.number_choice import Cap, Caps
from leads.contact.policy import ChannelPolicy
from leads.contact.recycling import USUAL, Reachable, Recycling, parse_recycling, part_of_day
from leads.errors import InvalidWorkspace

NOON = datetime(2026, 3, 4, 12, 20, tzinfo=ZoneInfo("Asia/Shanghai"))
"""A Wednesday."""

DAY = "2026-03-04"
WORKING_DAYS = ChannelPolicy(time(9), time(20), (0, 1, 2, 3, 4), ())
RECYCLING = Recycling(USUAL)

AGAIN = sorted(name for name, steps in USUAL.items() if steps)
"""A callback has a time of its own, and so no usual step."""
EVENINGS = chances({10: (100, 10), 18: (100, 60)}, {})


def after(*dispositions: str, phones: tuple[str, ...] = ("+861",), chance: Any = EVENINGS) -> datetime | None:
    """When they are called again after calls that all ended at noon."""
    attempts = Attempts()
    for disposition in dispositions:
        attempts = attempts.called(disposition, phones[0] if phones else None, DAY, NOON.hour)
    return RECYCLING.next_try(dispositions[-1], attempts, Reachable(phones, WORKING_DAYS, chance), NOON)


def local(day: int, hour: int, minute: int = 0) -> datetime:
    return NOON.replace(day=day, hour=hour, minute=minute)


def test_a_busy_line_is_tried_again_in_ten_minutes() -> None:
    assert after("busy") == NOON + timedelta(minutes=10)


def test_no_answer_is_tried_later_the_same_day_at_the_best_hour_that_is_left() -> None:
    assert after("no_answer") == local(4, 18)


def test_a_second_no_answer_waits_for_another_part_of_another_day() -> None:
    again = after("no_answer", "no_answer")
    assert again == local(5, 18)
    assert part_of_day(18) != part_of_day(NOON.hour)


def test_from_the_third_no_answer_on_the_lead_pauses() -> None:
    assert after("no_answer", "no_answer", "no_answer", phones=()) == NOON + timedelta(days=3)


def test_an_answer_begins_the_steps_anew() -> None:
    assert after("no_answer", "interested", "no_answer", phones=()) == local(4, 18)


def test_a_voicemail_is_followed_the_next_working_day() -> None:
    friday = NOON + timedelta(days=2)
    attempts = Attempts().called("voicemail", "+861", "2026-03-06", 12)
    again = RECYCLING.next_try("voicemail", attempts, Reachable(("+861",), WORKING_DAYS, EVENINGS), friday)
    assert again == local(9, 18)


def test_after_a_wrong_number_the_next_one_is_called_and_after_the_last_nobody() -> None:
    assert after("wrong_number", phones=("+861", "+862")) == NOON
    assert after("wrong_number") is None
    assert after("wrong_number", phones=()) is None


def test_a_lead_that_was_tried_enough_today_waits_for_another_day() -> None:
    assert after("busy", "busy") == local(5, 18)
    assert after("busy", "busy", phones=("+861", "+862")) == NOON + timedelta(minutes=10)


def test_a_lead_that_was_tried_enough_is_called_no_more() -> None:
    attempts = Attempts()
    for day in range(1, 13):
        attempts = attempts.called("no_answer", ("+861", "+862")[day % 2], f"2026-03-{day:02d}", 10)
    reachable = Reachable(("+861", "+862"), WORKING_DAYS, EVENINGS)
    assert RECYCLING.next_try("no_answer", attempts, reachable, NOON) is None


def test_who_must_not_be_called_never_is() -> None:
    assert after("do_not_call") is None


@given(st.lists(st.sampled_from(AGAIN), min_size=1, max_size=15), st.integers(0, 23))
def test_a_lead_is_never_offered_on_a_day_without_attempts_left(dispositions: list[str], hour: int) -> None:
    attempts, phones, now = Attempts(), ("+861", "+862"), NOON.replace(hour=hour)
    for disposition in dispositions:
        usable = RECYCLING.caps.usable(phones, attempts, now.date().isoformat())
        if not usable:
            return
        attempts = attempts.called(disposition, usable[0], now.date().isoformat(), now.hour)
        again = RECYCLING.next_try(disposition, attempts, Reachable(phones, WORKING_DAYS, EVENINGS), now)
        if again is None:
            return
        assert again >= now
        assert RECYCLING.caps.usable(phones, attempts, again.date().isoformat())
        now = again


@given(st.lists(st.tuples(st.sampled_from(sorted(USUAL)), st.sampled_from(["+861", "+862"])), max_size=30))
def test_what_came_of_calls_is_counted_once_for_the_lead_and_once_for_a_number(calls: list[tuple[str, str]]) -> None:
    attempts = Attempts()
    for disposition, phone in calls:
        attempts = attempts.called(disposition, phone, DAY, 10)
    reached = [disposition for disposition, _ in calls if disposition not in UNREACHED]
    assert attempts.tally.total == sum(number.tally.total for number in attempts.numbers.values()) == len(calls)
    assert sum(number.reached for number in attempts.numbers.values()) == len(reached)
    assert attempts.hours.get(10, (0, 0)) == (len(calls), len(reached))


def test_a_number_that_was_answered_comes_before_one_untried_and_that_before_one_that_rang() -> None:
    attempts = Attempts().called("no_answer", "rang", DAY, 9).called("interested", "answered", DAY, 10)
    assert Caps(Cap(9, 9), Cap(9, 9)).usable(("rang", "untried", "answered"), attempts, DAY) == [
        "answered", "untried", "rang",
    ]  # fmt: skip


def test_own_calls_outweigh_everyones_the_more_there_are() -> None:
    overall = {10: (1000, 100), 18: (1000, 600)}
    few, many = chances(overall, {10: (1, 1)}), chances(overall, {10: (40, 40)})
    assert few[10] < few[18]
    assert many[10] > many[18]


@given(st.dictionaries(st.integers(0, 23), st.tuples(st.integers(0, 50), st.integers(0, 50))))
def test_chances_are_chances_whatever_was_counted(counts: dict[int, tuple[int, int]]) -> None:
    told = {hour: (calls, min(calls, spoken)) for hour, (calls, spoken) in counts.items()}
    assert all(0 < chance < 1 for chance in chances(told, told).values())


@pytest.mark.parametrize(
    ("recycling", "says"),
    [
        ({"bsy": "10m"}, "one of sale"),
        ({"busy": "soon"}, "same_day, next_day, never, or a time"),
        ({"busy": []}, "at least one step"),
        ({"busy": ["-5m"]}, "0 or more"),
    ],
)
def test_wrong_steps_are_refused_by_key(recycling: dict[str, Any], says: str) -> None:
    with pytest.raises(InvalidWorkspace, match=says):
        parse_recycling(Section.of("actions.yaml", "queue.recycling", recycling), Caps())


def test_steps_are_declared_by_disposition() -> None:
    section = Section.of("actions.yaml", "queue.recycling", {"busy": ["5m", "next_day"], "voicemail": "never"})
    steps = parse_recycling(section, Caps()).steps
    assert steps["busy"] == (timedelta(minutes=5), "next_day")
    assert steps["voicemail"] == ("never",)
    assert steps["no_answer"] == USUAL["no_answer"]


@pytest.mark.parametrize("kept", ["30d", "183d", ["never", "10d"], "next_day"])
def test_a_do_not_call_is_not_kept_for_less_than_six_months(kept: Any) -> None:
    section = Section.of("actions.yaml", "queue.recycling", {"do_not_call": kept})
    with pytest.raises(InvalidWorkspace, match="six months"):
        parse_recycling(section, Caps())


def test_a_do_not_call_may_be_kept_for_six_months_alone() -> None:
    section = Section.of("actions.yaml", "queue.recycling", {"do_not_call": "184d"})
    assert parse_recycling(section, Caps()).steps["do_not_call"] == (timedelta(days=184),)
