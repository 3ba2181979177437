"""Amounts, times and lists as people say them."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leads.words.bilingual import Words
from leads.words.spoken import ago, lasting, length, listed, rounded, said_amount, said_date

NOW = datetime(2026, 3, 4, 9, 30)


@pytest.mark.parametrize(
    ("amount", "currency", "zh", "en"),
    [
        (650, "CNY", "650 元", "650 CNY"),
        (8925, "CNY", "约 8900 元", "about 8,900 CNY"),
        (13275, "CNY", "约 1.3 万元", "about 13,000 CNY"),
        (20000, "CNY", "2 万元", "20,000 CNY"),
        (99.5, "EUR", "约 100 EUR", "about 100 EUR"),
    ],
)
def test_an_amount_is_rounded_as_people_round_it(amount: float, currency: str, zh: str, en: str) -> None:
    assert said_amount(amount, currency) == Words(zh, en)


@given(st.floats(1, 1e7))
def test_what_is_said_is_within_five_in_a_hundred(amount: float) -> None:
    assert abs(rounded(amount) - amount) <= 0.05 * amount + 1e-9


@pytest.mark.parametrize(
    ("days", "zh", "en"),
    [
        (0.3, "今天", "today"), (0.4, "昨天", "yesterday"), (2.0, "前天", "two days ago"),
        (7.2, "七天前", "seven days ago"), (13.0, " 13 天前", "13 days ago"), (14.0, "两个星期前", "two weeks ago"),
        (31.0, "一个月前", "a month ago"), (45.0, "一个多月前", "over a month ago"), (400.0, "一年前", "a year ago"),
    ],
)  # fmt: skip
def test_when_something_was_is_said_by_the_calendar(days: float, zh: str, en: str) -> None:
    assert ago(NOW, days) == Words(zh, en)


@given(st.floats(0, 4000))
def test_a_length_is_said_in_full_units_and_never_more_than_it_was(days: float) -> None:
    units = {"day": 1, "week": 7, "month": 30.44, "year": 365}
    said = length(days).en.removeprefix("over ").removesuffix("s")
    count, unit = said.split(" ")
    number = {"a": 1, "no": 0, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8, "nine": 9,
              "ten": 10}.get(count) or int(count if count.isdigit() else 0)  # fmt: skip
    assert number * units[unit] <= max(days, 0 if number == 0 else units[unit])


def test_a_date_of_another_year_has_its_year() -> None:
    today = NOW.date()
    assert said_date(today, today) == Words("3月4日", "4 March")
    assert said_date(today + timedelta(days=365), today) == Words("2027年3月4日", "4 March 2027")


def test_a_talk_is_said_in_minutes() -> None:
    assert lasting(40) == Words("一分钟左右", "about a minute")
    assert lasting(800) == Words(" 13 分钟左右", "about 13 minutes")


def test_things_are_listed_with_an_and_before_the_last() -> None:
    three = [Words(str(n), str(n)) for n in (1, 2, 3)]
    assert listed(three) == Words("1、2和3", "1, 2 and 3")
    assert listed(three[:1]) == Words("1", "1")
    assert listed([]) == Words("", "")
