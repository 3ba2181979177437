"""Columns under their labels: what a feature is, in words, without its value."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta

from features.configuration import Configuration
from leads.configuration.workspace import Workspace
from leads.reasons.feature import Feature, Kind, Measure, plain
from leads.words.bilingual import Text, Words

PROBABILITY = "probability"

_FIXED: Mapping[str, Words] = {PROBABILITY: Words("模型给出的概率", "the model's probability")}

_POLICIES: Mapping[Measure, Words] = {
    Measure.ACTIVE: Words("有效保单数", "active policies"),
    Measure.EVER: Words("累计保单数", "policies ever held"),
    Measure.LAPSED: Words("脱保次数", "lapsed policies"),
    Measure.EXPIRY: Words("最近到期保单距到期天数", "days to the next expiry"),
    Measure.NEXT: Words("最先到期的险种", "product that expires next"),
    Measure.PREMIUM: Words("有效保单保费", "premium of active policies"),
    Measure.SINCE_LAPSE: Words("距上次脱保天数", "days since the last lapse"),
}

_PRODUCT: Mapping[Measure, Words] = {
    Measure.ACTIVE: Words("是否持有", "held"),
    Measure.EXPIRY: Words("距到期天数", "days to the expiry"),
    Measure.PREMIUM: Words("保费", "premium"),
    Measure.HELD: Words("持有天数", "days since first held"),
    Measure.PRICE: Words("价格", "price"),
    Measure.MARGIN: Words("毛利", "margin"),
}

_THIS = Words("该险种", "the row's product")


def column_label(configuration: Configuration, name: str) -> Text:
    """What a column is called. One of which nothing is declared keeps its name."""
    if name in _FIXED:
        return _FIXED[name].text()
    feature = configuration.layout.described.get(name) or plain(name)
    return _label(configuration.workspace, feature).text()


def value_label(configuration: Configuration, name: str, value: str) -> Text:
    """What a value of a category is called."""
    workspace = configuration.workspace
    feature = configuration.layout.described.get(name) or plain(name)
    tag = workspace.tags.get(str(feature.subject.name)) if feature.subject.kind is Kind.TAG else None
    if tag is not None and value in tag.value_labels:
        return tag.value_labels[value]
    if value in workspace.products:
        return workspace.products[value].label
    return {"zh": value, "en": value}


def _label(workspace: Workspace, feature: Feature) -> Words:
    subject, measure = feature.subject, feature.measure
    if subject.kind is Kind.TAG:
        return _of(workspace.tags[str(subject.name)].label)
    if subject.kind is Kind.CHANNEL:
        return Words(f"是否同意 {subject.name} 联系", f"consent to {subject.name}")
    if subject.kind is Kind.POLICIES:
        return _POLICIES.get(measure, Words(feature.name, feature.name))
    if subject.kind is Kind.PRODUCT:
        if measure is Measure.VALUE:
            return Words("险种", "product")
        return _joined(_product(workspace, subject.name), _PRODUCT.get(measure, Words(feature.name, feature.name)))
    if subject.kind is Kind.INTERACTION:
        return _measured(workspace, Words("互动", "interactions"), feature)
    if subject.kind is Kind.EVENT:
        return _measured(workspace, _event(workspace, feature), feature)
    return Words(feature.name, feature.name)


def _event(workspace: Workspace, feature: Feature) -> Words:
    subject = feature.subject
    event = _of(workspace.events[subject.name or ""].label)
    if subject.by is None:
        return event
    value = subject.value
    among = _THIS if value is None else _value(workspace, subject.by, value)
    return event + Words(f"（{among.zh}）", f" ({among.en})")


def _value(workspace: Workspace, field: str, value: str) -> Words:
    """A field's value as people say it: a product's label, or a synonym in Chinese, and the word without underlines."""
    if value in workspace.products:
        return _of(workspace.products[value].label)
    declared = workspace.fields.get(field)
    others = () if declared is None else declared.synonyms.get(value, ())
    chinese = next((word for word in others if any("\u4e00" <= sign <= "\u9fff" for sign in word)), value)
    return Words(chinese, value.replace("_", " "))


def _measured(workspace: Workspace, event: Words, feature: Feature) -> Words:
    measure, recently = feature.measure, _span(feature.span)
    if measure is Measure.SINCE_LAST:
        return Words("距上次", "days since the last ") + event + Words("天数", "")
    if measure is Measure.SINCE_FIRST:
        return Words("距首次", "days since the first ") + event + Words("天数", "")
    if measure is Measure.COUNT:
        return event + Words("次数", ", number") + recently
    field = _of(workspace.fields[feature.field or ""].label)
    if measure is Measure.LAST:
        return Words("上次", "last ") + event + Words(f"的{field.zh}", f": {field.en}")
    if measure is Measure.TOLD:
        return event + Words(f"有{field.zh}的次数", f" with {field.en}, number") + recently
    kind = Words("通常", ", usual") if measure is Measure.USUAL else Words("合计", ", total")
    return event + Words(field.zh + kind.zh, f", {field.en}{kind.en}") + recently


def _span(half_life: timedelta | None) -> Words:
    """Over what time it is counted: the half-life of what is decayed."""
    if half_life is None:
        return Words("", "")
    return Words(f"（半衰期 {half_life.days} 天）", f" (half-life {half_life.days} days)")


def _product(workspace: Workspace, name: str | None) -> Words:
    if name is None:
        return _THIS
    return _of(workspace.products[name].label) if name in workspace.products else Words(name, name)


def _of(label: Text) -> Words:
    return Words(label["zh"], label["en"])


def _joined(one: Words, other: Words) -> Words:
    return Words(one.zh + other.zh, f"{one.en}: {other.en}")
