"""Vocabularies: the words that a field may have, and how else people and systems spell them."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property

from leads.errors import InvalidInput

DISPOSITIONS = (
    "sale", "renewed", "callback", "interested", "not_interested", "no_answer", "busy", "voicemail", "wrong_number",
    "do_not_call",
)  # fmt: skip
"""What may come of a call."""

DO_NOT_CALL = "do_not_call"

ALL = "all"
"""Said of every channel there is."""

PROFILING = "profiling"
"""What somebody may refuse beside channels: that chances are worked out for them and decide what is offered (PIPL,
article 24). Who refuses every channel has said nothing of it.
"""

PROFILING_SYNONYMS = (
    "automated_decision", "automated_decisions", "personalisation", "personalization", "personalised", "personalized",
    "profile", "画像", "用户画像", "个性化", "个性化推荐", "个性化营销", "自动化决策",
)  # fmt: skip

_BETWEEN = frozenset(" \t\r\n-_")


def folded(text: str) -> str:
    """A word without the differences that writing makes: case, width, blanks, hyphens, marks that nobody sees.

    >>> folded(" ＤＯ Not-Call "), folded("do_not_call")
    ('donotcall', 'donotcall')
    """
    seen = (c for c in unicodedata.normalize("NFKC", text).casefold() if unicodedata.category(c) != "Cf")
    return "".join(c for c in seen if c not in _BETWEEN and not c.isspace())


@dataclass(frozen=True)
class Vocabulary:
    """The closed set of values of a field. synonyms: other words for a value.

    >>> Vocabulary(("call", "sms"), {"call": ("phone",)}).find("Phone")
    'call'
    """

    values: tuple[str, ...]
    synonyms: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def find(self, text: str) -> str | None:
        """The value that is meant; None where there is none."""
        return text if text in self.values else self._spellings.get(folded(text))

    def read(self, name: str, text: str) -> str:
        """The value that is meant. Raises InvalidInput naming the field."""
        found = self.find(text)
        if found is None:
            raise InvalidInput(name, text, f"one of {', '.join(self.values)}")
        return found

    def among(self, values: Iterable[str]) -> Vocabulary:
        """Other values, with the synonyms that are theirs."""
        kept = tuple(values)
        return Vocabulary(kept, {value: words for value, words in self.synonyms.items() if value in kept})

    def unclear(self) -> Iterator[str]:
        """Words that would mean two values, or none."""
        meant: dict[str, str] = {}
        for value, word in self._words():
            if not folded(word) or meant.setdefault(folded(word), value) != value:
                yield word

    @cached_property
    def _spellings(self) -> Mapping[str, str]:
        return {folded(word): value for value, word in self._words()}

    def _words(self) -> Iterator[tuple[str, str]]:
        for value in self.values:
            yield from ((value, word) for word in (value, *self.synonyms.get(value, ())))
