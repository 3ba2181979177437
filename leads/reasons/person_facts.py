"""Who somebody is, as phrases of a colleague: `38 岁，有两个孩子`."""

from __future__ import annotations

from collections.abc import Mapping
from math import floor
from typing import Any

from leads.configuration.wording import TagWords, Topic
from leads.reasons.known import Fact, Known, filled, words
from leads.words.bilingual import Text, Words, as_number, is_missing, number

_NONE = (0.0, False, "", "none")
"""Values that say that there is none."""


def person(known: Known, topic: Topic) -> Fact | None:
    """The tags of a topic that say something, or that there is none; None where all are unknown."""
    told = [found for name in topic.tags if (found := _tag(known, name)) is not None]
    some = [said for said, there in told if there]
    if some:
        return Fact(Words("，".join(w.zh for w in some), ", ".join(w.en for w in some)), static=True)
    return Fact(told[0][0], there=False, static=True) if told else None


def _tag(known: Known, name: str) -> tuple[Words, bool] | None:
    """A tag in words, and whether it says that something is there; None where it is unknown."""
    value = known.row.get(name)
    if is_missing(value):
        return None
    tag, said = known.workspace.tags[name], known.workspace.wording.tags.get(name)
    if value in _NONE and said is not None and said.none is not None:
        return words(said.none), False
    said = said or TagWords(_plain(tag.label, value))
    return filled(said.some, "value", _value(value, tag.value_labels)), value not in _NONE


def _plain(label: Text, value: Any) -> Text:
    """How a tag is said of which no wording is declared."""
    if value is True:
        return label
    if value is False:
        return {"zh": f"{label['zh']}：否", "en": f"{label['en']}: no"}
    return {"zh": f"{label['zh']}：{{value}}", "en": f"{label['en']}: {{value}}"}


def _value(value: Any, labels: Mapping[str, Text]) -> Words:
    if isinstance(value, str):
        return words(labels[value]) if value in labels else Words(value, value)
    size = as_number(value)
    plain = number(value if size is None or abs(size) < 1 else floor(size))
    return Words(plain, plain)
