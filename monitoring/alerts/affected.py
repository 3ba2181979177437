"""Whom a finding concerns: the models that go by what is wrong, and by how much of what they know."""

from __future__ import annotations

from collections.abc import Mapping

from features.configuration import Configuration
from leads.reasons.feature import Kind
from leads.words.bilingual import Words
from models.bundle import Bundle
from monitoring.quality.finding import Finding

LEAST = 0.01
"""A smaller part of what a model goes by is not told."""


class Affected:
    """Of the models in use, what each goes by: shares of what its splits gained, by events, tags and fields."""

    def __init__(self, configuration: Configuration, used: Mapping[str, Bundle]) -> None:
        self._configuration = configuration
        self._events = {name: _shares(configuration, bundle, Kind.EVENT) for name, bundle in used.items()}
        self._tags = {name: _shares(configuration, bundle, Kind.TAG) for name, bundle in used.items()}

    def of(self, finding: Finding) -> tuple[Words, tuple[str, ...]]:
        """In words, and the objectives, that most of which goes by it first."""
        if finding.subject in self._events:
            return self.objective(finding.subject), (finding.subject,)
        events, tag = self.about(finding)
        parts = {
            name: sum(self._events[name].get(event, 0.0) for event in events) + self._tags[name].get(tag, 0.0)
            for name in self._events
        }
        told = {name: part for name, part in sorted(parts.items(), key=lambda one: -one[1]) if part >= LEAST}
        if not told:
            return Words("不进入任何模型；影响报表与规则", "no model goes by it; reports and rules do"), ()
        labels = {name: self._configuration.objective(name).label for name in told}
        zh = "、".join(f"{labels[name]['zh']}（占模型依据的 {part:.0%}）" for name, part in told.items())
        en = ", ".join(f"{labels[name]['en']} ({part:.0%} of what its model goes by)" for name, part in told.items())
        return Words(zh, en), tuple(told)

    def objective(self, name: str) -> Words:
        """Everybody of whom an objective's model says something."""
        label = self._configuration.objective(name).label
        return Words(f"“{label['zh']}”的全部客户与排序", f"all customers of {label['en']}, and their order")

    def about(self, finding: Finding) -> tuple[tuple[str, ...], str]:
        """The events and the tag that a finding is about."""
        if finding.events:
            return finding.events, ""
        subject = finding.subject.partition("/")[2] or finding.subject
        events = [name for name in self._configuration.workspace.events if _names(subject, name)]
        tag = finding.subject.partition("=")[0]
        return tuple(events), tag if tag in self._configuration.workspace.tags else ""


def _names(subject: str, event: str) -> bool:
    """Whether a subject is an event, or a field of it: `call.completed.disposition@team=second`."""
    return subject == event or subject.startswith(f"{event}.")


def _shares(configuration: Configuration, bundle: Bundle, kind: Kind) -> dict[str, float]:
    gains = bundle.model.feature_importance("gain")
    whole = max(float(gains.sum()), 1e-12)
    found: dict[str, float] = {}
    for name, gain in zip(bundle.manifest.encoding.names, gains, strict=False):
        feature = configuration.layout.described.get(name)
        subject = None if feature is None else feature.subject
        if subject is not None and subject.kind is kind:
            found[str(subject.name)] = found.get(str(subject.name), 0.0) + float(gain) / whole
        elif feature is None and kind is Kind.TAG:
            found[name] = found.get(name, 0.0) + float(gain) / whole
    return found
