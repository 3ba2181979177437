"""Numbers, times and effects in the words of people, Chinese and English."""

from __future__ import annotations

import re
from dataclasses import dataclass
from math import isfinite
from typing import Any

from typing_extensions import TypedDict


class Text(TypedDict):
    """What people read, in both languages, as answers and ledgers have it."""

    zh: str
    en: str


def both(label: Text) -> str:
    """A label where there is room for one text: in both languages, once where they are the same."""
    return label["zh"] if label["zh"] == label["en"] else f"{label['zh']} {label['en']}"


@dataclass(frozen=True)
class Words:
    """The same text in both languages."""

    zh: str
    en: str

    def __add__(self, other: Words) -> Words:
        return Words(self.zh + other.zh, self.en + other.en)

    def text(self) -> Text:
        return {"zh": without_gaps(self.zh), "en": self.en}


_GAP = re.compile(r"(^|[，。：；、（])\s+|\s+$")


def without_gaps(chinese: str) -> str:
    """Without the blanks before figures where punctuation, or nothing, stands before them.

    >>> without_gaps(" 12 天前看过， 13 天前买过")
    '12 天前看过，13 天前买过'
    """
    return _GAP.sub(lambda found: found[1] or "", chinese)


def is_missing(value: Any) -> bool:
    """Whether a feature's value says nothing: null or not a finite number."""
    if value is None:
        return True
    try:
        return not isfinite(value)
    except (TypeError, OverflowError):
        return False


def as_number(value: Any) -> float | None:
    """A feature's value as a number, None where it is missing or none.

    >>> as_number(2), as_number(float("nan")), as_number("east")
    (2.0, None, None)
    """
    try:
        converted = float(value)
    except (TypeError, ValueError, OverflowError):
        return None
    return converted if isfinite(converted) else None


def number(value: Any) -> str:
    """A number with at most one decimal; anything else as it stands.

    >>> number(2.31), number(3.0), number("east")
    ('2.3', '3', 'east')
    """
    converted = as_number(value)
    if converted is None or isinstance(value, str):
        return str(value)
    rounded = round(converted, 1)
    return f"{rounded:.0f}" if rounded == int(rounded) else f"{rounded:.1f}"


def change(points: float, goal: Words) -> Words:
    """What contact adds to the chance of the goal, in percentage points; less than a twentieth of one is nothing.

    >>> change(0.052, Words("续保", "renewal")).en
    'contact raises the chance of a renewal by 5.2 points'
    """
    size = f"{abs(points) * 100:.1f}"
    chance = f"the chance of {article(goal.en)} {goal.en}"
    if size == "0.0":
        return Words(f"触达对{goal.zh}可能几乎没有影响", f"contact hardly changes {chance}")
    zh, en = ("提高", "raises") if points > 0 else ("降低", "lowers")
    return Words(f"触达使{goal.zh}可能{zh} {size} 个百分点", f"contact {en} {chance} by {size} points")


def article(noun: str) -> str:
    """The indefinite article of a noun.

    >>> article("approval"), article("renewal")
    ('an', 'a')
    """
    return "an" if noun[:1].lower() in "aeio" else "a"
