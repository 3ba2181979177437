"""Texts with facts about a customer in them: `[昨天看过{web.page_viewed}，|]{product}一年约 {price} 元`.

A part in brackets is said where every fact in it is known; after a bar stands what is said otherwise. What has no
brackets holds of everybody.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cache

from leads.words.bilingual import Text, Words, without_gaps

_OPTIONAL = re.compile(r"\[([^\[\]]*)\]")
_NAME = re.compile(r"{([^{}]*)}")

Fact = Callable[[str], Words | None]
"""A fact by its name; None where it is not known."""


def names_in(text: str) -> list[str]:
    """The names of the facts in a text, in order."""
    return _NAME.findall(text)


def unbracketed(text: str) -> list[str]:
    """The names of those that are said of everybody."""
    return names_in(_OPTIONAL.sub("", text))


def misbuilt(text: str) -> bool:
    """Whether brackets or braces do not close, or stand within each other."""
    return bool(set("[]{}") & set(_NAME.sub("", _OPTIONAL.sub(lambda found: found[1], text))))


def bare(text: Text) -> Text:
    """A text of which no fact is known: without the parts in brackets, but for what is said otherwise."""
    return filled(text, lambda _: None)


def filled(text: Text, fact: Fact) -> Text:
    """A text with the facts that are known.

    >>> known = {"policy": Words("车险", "motor insurance")}
    >>> filled({"zh": "您的[{policy}|保单][{price} 元]", "en": "your [{policy}|policy]"}, known.get)
    {'zh': '您的车险', 'en': 'your motor insurance'}
    """
    known = cache(fact)
    return {"zh": without_gaps(_said(text["zh"], known, "zh")), "en": _said(text["en"], known, "en")}


def _said(text: str, fact: Fact, language: str) -> str:
    return _replaced(_OPTIONAL.sub(lambda found: _first_known(found[1], fact), text), fact, language)


def _first_known(options: str, fact: Fact) -> str:
    """The first of several ways to say something of which all facts are known; nothing where there is none."""
    known = (option for option in options.split("|") if all(fact(name) is not None for name in names_in(option)))
    return next(known, "")


def _replaced(text: str, fact: Fact, language: str) -> str:
    def said(found: re.Match[str]) -> str:
        words = fact(found[1])
        return found[0] if words is None else str(getattr(words, language))

    return _NAME.sub(said, text)
