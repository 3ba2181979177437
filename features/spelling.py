"""Spelling: the differences that keyboards, forms and spreadsheets make in a text, taken out of it."""

from __future__ import annotations

import re
import unicodedata

_UNSEEN = re.compile(
    r"[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f\u3164\ufe00-\ufe0f"
    r"\ufeff\uffa0\ufff0-\ufffb\U000e0000-\U000e0fff]"
)
"""What is in a text and not seen: joiners, marks of direction, soft hyphens, variation selectors (Unicode's default
ignorable characters)."""


def plainly(text: str) -> str:
    """One form of what looks the same: full width is half width, digits of all scripts are ASCII, what is not seen is
    gone, and blanks around.

    >>> plainly(" ＷＸ_１\\u200b\\u0662 ")
    'WX_12'
    """
    if text.isascii():
        return text.strip()
    seen = _UNSEEN.sub("", unicodedata.normalize("NFKC", _UNSEEN.sub("", text)))
    plain = "".join(_digit(letter) for letter in unicodedata.normalize("NFKC", seen))
    return plain.replace("。", ".").strip()


def is_plain(text: str) -> bool:
    """Whether all of a text is seen: no blanks around it, and nothing in it that is not shown.

    >>> is_plain("L 7"), is_plain("L7 "), is_plain("L\\u200b7")
    (True, False, False)
    """
    return text == text.strip() and _UNSEEN.search(text) is None


def squeezed(text: str) -> str:
    """Letters and digits alone, whatever their case.

    >>> squeezed(" N/A "), squeezed("--")
    ('na', '')
    """
    return "".join(letter for letter in plainly(text).casefold() if letter.isalnum())


def _digit(letter: str) -> str:
    value = None if letter.isascii() else unicodedata.decimal(letter, None)
    return letter if value is None else str(value)
