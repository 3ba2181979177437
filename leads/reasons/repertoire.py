"""What a workspace's features can tell of, worked out once: their topics, and where each happening is counted."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta

from leads.configuration.wording import ANY_EVENT, Happening, Topic
from leads.configuration.workspace import Workspace
from leads.reasons.feature import Feature, Kind, Measure
from leads.reasons.topics import topic_of

LATELY = timedelta(days=90)
"""Half-lives up to which a count speaks of what is going on now."""


@dataclass
class Trace:
    """Where the sheet has something that happened: days since the last, how often, and how long the last took.

    product: of which product; None for all. lengths: by field.
    """

    happening: Happening
    product: str | None
    since: str = ""
    counts: list[str] = field(default_factory=list)
    lengths: dict[str, str] = field(default_factory=dict)


class Repertoire:
    """The topics of a workspace's features."""

    def __init__(self, workspace: Workspace, described: Mapping[str, Feature]) -> None:
        self.workspace = workspace
        self._described = described
        self._topics: dict[tuple[str, str | None], Topic | None] = {}
        self._traces = _traces(described.values())

    def topic(self, name: str, product: str | None) -> Topic | None:
        """What a feature speaks of in a talk about a product; None for what is not told."""
        key = (name, product)
        if key not in self._topics:
            feature = self._described.get(name)
            self._topics[key] = None if feature is None else topic_of(self.workspace.wording, feature, product)
        return self._topics[key]

    def happenings(self, happening: Happening) -> list[Trace]:
        """Where something that happened is counted: for all of it, and for each product where it is counted by them."""
        return self._traces.get(happening, [])

    def traces(self, topic: Topic, product: str | None) -> list[Trace]:
        """Where the happenings of a topic are counted; of a product alone where the talk is about one."""
        wanted = [*topic.events] or [(topic.name, None)]
        return [
            trace
            for happening in wanted
            for trace in self.happenings(happening)
            if product is None or trace.product in (None, product)
        ]


def _traces(features: Iterable[Feature]) -> dict[Happening, list[Trace]]:
    """By happening one trace for all of it, and one for each product where it is counted by them."""
    found: dict[tuple[Happening, str | None], Trace] = {}
    for feature in features:
        about = _about(feature)
        if about is not None:
            _note(found.setdefault(about, Trace(*about)), feature)
    traces: dict[Happening, list[Trace]] = {}
    for trace in found.values():
        if trace.since:
            traces.setdefault(trace.happening, []).append(trace)
    return traces


def _about(feature: Feature) -> tuple[Happening, str | None] | None:
    subject = feature.subject
    if subject.kind is Kind.INTERACTION:
        return (ANY_EVENT, None), None
    if subject.kind is not Kind.EVENT or subject.name is None or (subject.by is not None and subject.value is None):
        return None
    by_product = subject.by == "product"
    return (subject.name, None if by_product else subject.value), subject.value if by_product else None


def _note(trace: Trace, feature: Feature) -> None:
    if feature.measure is Measure.SINCE_LAST:
        trace.since = feature.name
    elif feature.measure is Measure.COUNT and feature.span is not None and feature.span <= LATELY:
        trace.counts.append(feature.name)
    elif feature.measure is Measure.LAST and feature.field is not None:
        trace.lengths[feature.field] = feature.name
