"""Masking: how an answer looks to those who may not see all of a person."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping
from typing import Any, Final

from leads.history import IDENTITIES
from serving.access.fields import EVERYTHING, Shown, Sight

_NUMBERS: Final = (*IDENTITIES, "phones", "known_as", "identity", "extension")
"""Fields that hold identities, wherever they stand."""

_IDS: Final = ("customer_id", "customer_ids", "customers", "unknown", "merged", "unmerged")
"""Fields that hold ids of customers."""

_WRITTEN: Final = ("note", "why", "told", "outcome")
"""Fields in which people write what they want."""

_WORDS: Final = ("reason", "text", "detail", "problem")
"""Fields in which the product says something: one text may repeat what it was given, one in both languages does not."""

_TOLD: Final = ("data", "content", "subject")
"""Fields that hold what others sent: any text in them may tell a number, under whatever name."""

_RUN: Final = re.compile(
    r"(?<![A-Za-z0-9_])(?<!\d\.)\+?\d(?:[ .()（）－—-]{0,2}\d){6,19}[Xx]?(?![A-Za-z0-9_])(?!\.\d)"
    r"|[A-Za-z0-9._%+-]+@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+"
)
"""What may be somebody's number in the words of people, however it is grouped and whatever stands around it, Chinese
too, or an e-mail address; a part of an id or of a fraction is none.
"""

_NO_NUMBER: Final = re.compile(r"(?:19|20)\d\d([-.])\d{1,2}\1\d{1,2}(?: \d{1,2})?|\d+\.\d+")
"""What looks like one, and is a date or a fraction."""

_LAST: Final = 4

WITHHELD: Final = {"zh": "（保密）", "en": "(withheld)"}

_HIDDEN: Final = "****"


def masked(text: str) -> str:
    """With stars in place of what would tell who it is; enough is left for people to know it again.

    >>> masked("+8613912345678"), masked("wx_0008417"), masked("ann@example.com"), masked("phone:+8613912345678")
    ('+86139****5678', 'wx****8417', 'a**@example.com', 'phone:+86139****5678')
    >>> masked("110101199003070011"), masked("1234")
    ('1101**********0011', '****')
    """
    kind, colon, value = text.partition(":")
    if colon and kind in IDENTITIES:
        return f"{kind}:{masked(value)}"
    name, at, host = text.partition("@")
    if at:
        return f"{name[:1]}{'*' * max(len(name) - 1, 1)}@{host}"
    shown = max(0, min(len(text) - 2 * _LAST, 6 if text.startswith("+") else _LAST))
    last = _LAST if shown else 0
    return text[:shown] + "*" * (len(text) - shown - last) + text[len(text) - last :]


class Masking:
    """What somebody with this sight is shown of a document.

    private: names of tags that tell who somebody is, such as a national id. sensitive: names of tags that are declared
    so. stand_in: what stands for a customer's id where that is not shown; always the same.
    """

    def __init__(
        self, sight: Sight, private: Collection[str], sensitive: Collection[str], stand_in: Callable[[str], str]
    ) -> None:
        number = {Shown.FULL: _same, Shown.MASKED: masked, Shown.HIDDEN: _hidden}[sight.numbers]
        ids = {Shown.FULL: _same, Shown.MASKED: stand_in, Shown.HIDDEN: _hidden}[sight.ids]
        self._digits = _same if sight.numbers is Shown.FULL else _runs(number)
        written = {Shown.FULL: _same, Shown.MASKED: self._digits, Shown.HIDDEN: _hidden}[sight.words]
        self._by_name: Mapping[str, Callable[[str], str]] = (
            dict.fromkeys((*_NUMBERS, *private), number)
            | dict.fromkeys(_IDS, ids)
            | dict.fromkeys(_WRITTEN, written)
            | dict.fromkeys(_TOLD, self._digits)
        )
        self._sensitive = frozenset() if sight.sensitive is Shown.FULL else frozenset(sensitive)

    def document(self, found: Any) -> Any:
        """A decoded answer, masked."""
        if isinstance(found, dict):
            return {name: self._value(name, value) for name, value in self._reason(found).items()}
        return [self.document(one) for one in found] if isinstance(found, list) else found

    def _reason(self, found: dict[str, Any]) -> dict[str, Any]:
        """Without what is reasoned from something sensitive."""
        return found | {"value": None, "text": WITHHELD} if found.get("feature") in self._sensitive else found

    def _value(self, name: str, value: Any) -> Any:
        if name in self._sensitive:
            return None
        if name in self._by_name:
            return self._deep(value, self._by_name[name])
        if name in _WORDS and isinstance(value, str):
            return self._digits(value)
        return self.document(value)

    def _deep(self, value: Any, mask: Callable[[str], str]) -> Any:
        """Every text in it; what is an object besides is masked by the names in it."""
        if isinstance(value, str):
            return mask(value)
        if isinstance(value, list):
            return [self._deep(one, mask) for one in value]
        if isinstance(value, dict):
            return {name: self._inner(name, one, mask) for name, one in self._reason(value).items()}
        return value

    def _inner(self, name: str, value: Any, mask: Callable[[str], str]) -> Any:
        known = name in self._sensitive or name in self._by_name
        return self._value(name, value) if known else self._deep(value, mask)


class Maskings:
    """Of one home, by what is seen: each is made once."""

    def __init__(self, private: Collection[str], sensitive: Collection[str], stand_in: Callable[[str], str]) -> None:
        self._parts = (private, sensitive, stand_in)
        self._made: dict[Sight, Masking | None] = {}

    def of(self, sight: Sight) -> Masking | None:
        """What masks for it; None where it sees all that there is to see."""
        if sight not in self._made:
            private, sensitive, stand_in = self._parts
            sees_all = sight == EVERYTHING or (not sensitive and _but_sensitive(sight))
            self._made[sight] = None if sees_all else Masking(sight, private, sensitive, stand_in)
        return self._made[sight]


def _but_sensitive(sight: Sight) -> bool:
    return sight.numbers is sight.ids is sight.words is Shown.FULL


def _runs(number: Callable[[str], str]) -> Callable[[str], str]:
    """What masks every number in a text."""
    return lambda text: _RUN.sub(lambda run: run[0] if _NO_NUMBER.fullmatch(run[0]) else number(run[0]), text)


def _same(text: str) -> str:
    return text


def _hidden(text: str) -> str:
    return _HIDDEN
