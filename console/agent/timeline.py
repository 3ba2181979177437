"""What happened with a customer, for people: by day, each in words, with the moments that moved a score marked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from console.language import Language, words
from console.pages import Said
from leads.configuration.workspace import Workspace
from serving.events.timeline import TimelineEvent

_TOLD = ("product", "disposition", "talk_seconds", "premium", "callback_at", "agent_id", "why", "by", "note")


@dataclass(frozen=True)
class Moment:
    """marked: whether it is one of those that reasons speak of. kind: of whose doing, for its sign."""

    clock: str
    title: str
    details: str
    marked: bool
    kind: str


@dataclass(frozen=True)
class Day:
    day: str
    moments: list[Moment]


def by_day(workspace: Workspace, say: Said, language: Language, events: Sequence[TimelineEvent]) -> list[Day]:
    """Events, newest first, by the day of the insurer's clock. What the product notes for itself is left out."""
    shown = [event for event in events if event["type"] not in _UNTOLD]
    days = groupby(shown, key=lambda event: say.date(event["time"]))
    return [Day(day, [_moment(workspace, say, language, event) for event in those]) for day, those in days]


_UNTOLD = ("decision.made", "customer.changed")


def _moment(workspace: Workspace, say: Said, language: Language, event: TimelineEvent) -> Moment:
    name, data = event["type"], event["data"]
    declared = workspace.events.get(name)
    told = words(language)
    title = say.text(declared.label) if declared else told.get(f"event_{name.replace('.', '_')}", name)
    topic = workspace.wording.of_event.get((name, None))
    marked = topic is not None and topic.about in ("interest", "contact") and topic.name != "reached"
    kind = "ours" if declared is None or not declared.interaction else "theirs"
    return Moment(say.clock(event["time"]), title, _details(workspace, say, told, data), marked, kind)


def _details(workspace: Workspace, say: Said, told: Mapping[str, str], data: Mapping[str, Any]) -> str:
    parts = []
    for name in _TOLD:
        value = data.get(name)
        if value is not None and value != "":
            parts.append(_detail(workspace, say, told, name, value))
    return " · ".join(parts)


def _detail(workspace: Workspace, say: Said, told: Mapping[str, str], name: str, value: Any) -> str:
    if name == "product":
        return say.product(str(value))
    if name == "disposition":
        return told.get(f"disposition_{value}", str(value))
    if name == "talk_seconds":
        return say.lasting(float(value))
    if name == "premium":
        return say.money(float(value))
    if name == "callback_at":
        return f"{told['callback_for']} {say.time(str(value))}"
    if name == "note":
        return f"“{value}”"
    return str(value)
