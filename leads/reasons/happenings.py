"""What happened with somebody lately, as phrases of a colleague: `昨天看过健康险页面`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from leads.configuration.wording import ANY_EVENT, Happening, Topic
from leads.reasons.known import Fact, Known, filled, words
from leads.reasons.repertoire import Repertoire, Trace
from leads.words.bilingual import Text, Words
from leads.words.spoken import ago, lasting

TOLD_FOR = 120.0
"""Days after which what somebody did is told no more."""

OFTEN, FRESH = 3.0, 30.0
"""A decayed count from which on it was several times, and for how many days after the last that was lately."""

SHORT = 30.0
"""Seconds below which nobody speaks of how long a talk was."""


@dataclass(frozen=True)
class Occasion:
    """The last time that something happened. often: the decayed count. length: by field how long it took."""

    happening: Happening
    product: str | None
    days: float
    often: float
    length: tuple[str, float] | None

    @property
    def rank(self) -> tuple[bool, float]:
        """What is told first: what has a name, and the latest."""
        return self.happening[0] == ANY_EVENT, self.days


def happened(repertoire: Repertoire, known: Known, topic: Topic) -> Fact | None:
    """The latest of what happened on a topic, and the latest of another kind; or that nothing did, where that can be
    said.
    """
    found = sorted(_occasions(repertoire, known, topic), key=lambda each: each.rank)
    if not found:
        return None if topic.none is None else Fact(words(topic.none), there=False)
    first = found[0]
    other = _other(found)
    if other is not None:
        return Fact(_both(known, topic, first, other))
    said = _dated(known, topic, first)
    often = first.often >= OFTEN and first.days <= FRESH
    return Fact(said + Words("，近来有好几次", ", several times lately") if often else said)


def _other(found: Sequence[Occasion]) -> Occasion | None:
    """The latest of another kind."""
    kinds = (ANY_EVENT, found[0].happening[0])
    return next((each for each in found[1:] if each.happening[0] not in kinds), None)


def _both(known: Known, topic: Topic, first: Occasion, other: Occasion) -> Words:
    """Two things that happened, each with its time, or with the one time of both."""
    if ago(known.local, first.days) != ago(known.local, other.days):
        one, two = _dated(known, topic, first), _dated(known, topic, other)
        return Words(f"{one.zh}，{two.zh}", f"{one.en}, and {two.en}")
    said = _dated(known, topic, other)
    return Words(f"{_dated(known, topic, first).zh}，还{_said(known, topic, other).zh}",
                 f"{_said(known, topic, first).en} and {said.en}")  # fmt: skip


def _dated(known: Known, topic: Topic, occasion: Occasion) -> Words:
    when, said = ago(known.local, occasion.days), _said(known, topic, occasion)
    return Words(f"{when.zh}{said.zh}", f"{said.en} {when.en}")


def _said(known: Known, topic: Topic, occasion: Occasion) -> Words:
    event = occasion.happening[0]
    if occasion.length is not None:
        return filled(topic.last[event, occasion.length[0]], "length", lasting(occasion.length[1]))
    text = topic.events.get(occasion.happening) or _undeclared(known, event)
    return filled(text, "product", _product(known, occasion.product))


def _product(known: Known, product: str | None) -> Words:
    return Words("产品", "our products") if product is None else known.called(product)


def _undeclared(known: Known, event: str) -> Text:
    declared = known.workspace.events.get(event)
    label: Text = {"zh": "互动", "en": "contact"} if declared is None else declared.label
    return {"zh": f"有过{label['zh']}", "en": f"{label['en']}"}


def _occasions(repertoire: Repertoire, known: Known, topic: Topic) -> Iterator[Occasion]:
    """The last of each happening of a topic; of what is counted by product, that of the last product."""
    latest: dict[Happening, Occasion] = {}
    for trace in repertoire.traces(topic, known.product):
        occasion = _last(known, topic, trace)
        if occasion is not None:
            best = latest.setdefault(occasion.happening, occasion)
            latest[occasion.happening] = min(best, occasion, key=lambda each: _likeness(known, each))
    yield from latest.values()


def _likeness(known: Known, occasion: Occasion) -> tuple[bool, float, bool]:
    """Of one happening what is told: with the product that the talk is about, else the latest, with its product."""
    return known.product is not None and occasion.product is None, occasion.days, occasion.product is None


def _last(known: Known, topic: Topic, trace: Trace) -> Occasion | None:
    days = known.number(trace.since)
    if days is None or days > TOLD_FOR:
        return None
    often = max((known.number(column) or 0.0 for column in trace.counts), default=0.0)
    return Occasion(trace.happening, trace.product, days, often, _length(known, topic, trace))


def _length(known: Known, topic: Topic, trace: Trace) -> tuple[str, float] | None:
    """How long the last took, where that is to be said and was long enough to speak of."""
    for measured, column in trace.lengths.items():
        took = known.number(column)
        if (trace.happening[0], measured) in topic.last and took is not None and took >= SHORT:
            return measured, took
    return None
