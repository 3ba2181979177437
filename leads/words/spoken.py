"""Amounts, times and lists as people say them: rounded, and by the calendar of whoever they are about."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from math import floor, isfinite, log10

from leads.words.bilingual import Words

_MONTHS = ("January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
           "December")  # fmt: skip
_FEW = ("零", "一", "两", "三", "四", "五", "六", "七", "八", "九", "十")
_NUMBERS = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")


def rounded(amount: float) -> float:
    """To two figures, as people round what they say.

    >>> rounded(8925), rounded(13275), rounded(650), rounded(63)
    (8900.0, 13000.0, 650.0, 63.0)
    """
    if not isfinite(amount) or amount == 0:
        return 0.0
    return float(round(amount, 1 - floor(log10(abs(amount)))))


def said_amount(amount: float, currency: str) -> Words:
    """An amount of money, with the word that it is rounded where it is.

    >>> said_amount(13275, "CNY")
    Words(zh='约 1.3 万元', en='about 13,000 CNY')
    """
    near = rounded(amount)
    about = Words("", "") if near == amount else Words("约 ", "about ")
    return about + Words(_chinese(near, currency), f"{near:,.0f} {currency}")


def _chinese(amount: float, currency: str) -> str:
    unit = "元" if currency == "CNY" else f" {currency}"
    if amount >= 10_000:
        return f"{amount / 10_000:g} 万{unit}"
    return f"{amount:g} {unit.lstrip()}"


def ago(local: datetime, days: float) -> Words:
    """When something was that many days before, by the calendar of a local time.

    >>> ago(datetime(2026, 3, 4, 9), 0.5), ago(datetime(2026, 3, 4, 9), 5).en, ago(datetime(2026, 3, 4, 9), 100).zh
    (Words(zh='昨天', en='yesterday'), 'five days ago', '三个多月前')
    """
    past = (local.date() - (local - timedelta(days=max(0.0, days))).date()).days
    if past < 3:
        return (Words("今天", "today"), Words("昨天", "yesterday"), Words("前天", "two days ago"))[past]
    span = length(past)
    return Words(f"{span.zh}前", f"{span.en} ago")


def length(days: float) -> Words:
    """A length of time in the largest unit that people use for it; Chinese puts a space before a figure only.

    >>> length(12), length(17).zh, length(43).en, length(820).en
    (Words(zh=' 12 天', en='12 days'), '两个多星期', 'over a month', 'over two years')
    """
    whole = floor(max(0.0, days))
    if whole < 14:
        return Words(f"{_few(whole)}天", "a day" if whole == 1 else f"{_few_en(whole)} days")
    if whole < 30:
        return _more_than(whole, 7, Words("个星期", "week"))
    if whole < 365:
        return _more_than(whole, 30.44, Words("个月", "month"))
    return _more_than(whole, 365, Words("年", "year"))


def _more_than(days: int, unit: float, name: Words) -> Words:
    """Whole units, and whether something is left of the next."""
    count = max(1, floor(days / unit))
    over = days - count * unit >= unit * 0.2
    number = "a" if count == 1 else _few_en(count)
    many = f"{number} {name.en}" if count == 1 else f"{number} {name.en}s"
    return Words(_chinese_length(count, name.zh, over), f"over {many}" if over else many)


def _chinese_length(count: int, unit: str, over: bool) -> str:
    """
    >>> _chinese_length(2, "个星期", True), _chinese_length(1, "年", True), _chinese_length(3, "个月", False)
    ('两个多星期', '一年多', '三个月')
    """
    if not over:
        return f"{_few(count)}{unit}"
    return f"{_few(count)}{unit}多" if unit == "年" else f"{_few(count)}个多{unit.removeprefix('个')}"


def _few(count: int) -> str:
    return _FEW[count] if count < len(_FEW) else f" {count} "


def _few_en(count: int) -> str:
    return _NUMBERS[count] if count < len(_NUMBERS) else str(count)


def said_date(day: date, today: date) -> Words:
    """A date, with its year where that is another than today's.

    >>> said_date(date(2026, 12, 5), date(2026, 11, 1)), said_date(date(2027, 1, 5), date(2026, 11, 1)).zh
    (Words(zh='12月5日', en='5 December'), '2027年1月5日')
    """
    name = f"{day.day} {_MONTHS[day.month - 1]}"
    if day.year == today.year:
        return Words(f"{day.month}月{day.day}日", name)
    return Words(f"{day.year}年{day.month}月{day.day}日", f"{name} {day.year}")


def lasting(seconds: float) -> Words:
    """How long a talk took.

    >>> lasting(50), lasting(250).en
    (Words(zh='一分钟左右', en='about a minute'), 'about four minutes')
    """
    minutes = max(1, round(seconds / 60))
    return Words(f"{_few(minutes)}分钟左右", "about a minute" if minutes == 1 else f"about {_few_en(minutes)} minutes")


def listed(words: Sequence[Words]) -> Words:
    """Several things after each other.

    >>> listed([Words("车险", "motor"), Words("寿险", "life"), Words("健康险", "health")])
    Words(zh='车险、寿险和健康险', en='motor, life and health')
    """
    if len(words) < 2:
        return words[0] if words else Words("", "")
    *first, last = words
    return Words(f"{'、'.join(w.zh for w in first)}和{last.zh}", f"{', '.join(w.en for w in first)} and {last.en}")


def number_of(count: int) -> Words:
    """A small number in words.

    >>> number_of(2), number_of(12)
    (Words(zh='两', en='two'), Words(zh=' 12 ', en='12'))
    """
    return Words(_few(count), _few_en(count))
