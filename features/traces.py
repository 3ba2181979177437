"""How people are named in text: what is looked for where nothing says whose it is."""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass

from leads.history import IDENTITIES

_SHORT = 4
"""Bytes below which a text stands for somebody only where it is all that is told."""


@dataclass(frozen=True)
class Traces:
    """Of some people. Ids count where they stand alone; numbers and other tellings wherever they stand, numbers with
    their country's prefix or without. A name may be another's too: it is only masked.

    >>> named = Traces.of(["c001"], ["phone:+8613955551234"], ["Zhang"])
    >>> [named.within(text) for text in ("about c001: gone", "c0010", "139 5555", "call +8613955551234", "Zhang")]
    [True, False, False, True, False]
    >>> named.masked(b"Zhang, 13955551234, of c0010")
    b'*****, ***********, of c0010'
    """

    whole: re.Pattern[str]
    any: re.Pattern[str]

    @classmethod
    def of(cls, customer_ids: Collection[str], tellings: Iterable[str], names: Iterable[str] = ()) -> Traces:
        """tellings: keys of identities, and other texts that nobody else is told by. names: others may have them
        too.
        """
        alone = [rf"(?<![\w-]){re.escape(text)}(?![\w-])" for name in customer_ids for text in _spelt(name)]
        told = [*alone, *(re.escape(text) for telling in tellings for text in _spelt(_bare(telling)))]
        said = [re.escape(text) for name in names for text in _spelt(name)]
        return cls(re.compile("|".join(told)), re.compile("|".join([*told, *said])))

    def within(self, text: str) -> bool:
        """Whether one of them is named in a text, be it JSON."""
        return self.whole.search(text) is not None

    def masked(self, text: bytes) -> bytes:
        """The text with stars in place of them, byte for byte."""
        return self.any.sub(lambda found: "*" * len(found[0].encode()), text.decode()).encode()


def _spelt(text: str) -> set[str]:
    """As it stands, and as JSON writes it; nothing that is too short to be anybody's."""
    if len(text.encode()) < _SHORT:
        return {json.dumps(text), json.dumps(text, ensure_ascii=False)}
    return {text, json.dumps(text)[1:-1], json.dumps(text, ensure_ascii=False)[1:-1]}


def _bare(telling: str) -> str:
    """The value of an identity, a number without its country's prefix and its extension; other texts as they are."""
    kind, _, value = telling.partition(":")
    if kind == "phone":
        return value.partition(";")[0].removeprefix("+86")
    return value if kind in IDENTITIES else telling
