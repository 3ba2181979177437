"""Reasons of a score: each feature and its part in it, as sentences in Chinese and English."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any

import numpy as np

from leads.configuration.workspace import Workspace
from leads.reasons.feature import Feature, Kind, Measure
from leads.words.bilingual import Text, Words, as_number, effect, is_missing, money, number, span, yes_or_no

_CHANNELS = {"call": Words("电话", "phone"), "wecom": Words("企业微信", "WeCom"), "sms": Words("短信", "SMS")}

_DISPOSITIONS = {
    "sale": Words("成交", "sale"),
    "renewed": Words("已续保", "renewed"),
    "callback": Words("约定回拨", "callback"),
    "interested": Words("有意向", "interested"),
    "not_interested": Words("不感兴趣", "not interested"),
    "no_answer": Words("无人接听", "no answer"),
    "busy": Words("占线", "busy"),
    "voicemail": Words("语音信箱", "voicemail"),
    "wrong_number": Words("号码错误", "wrong number"),
    "do_not_call": Words("请勿再拨", "do not call"),
}

NOTHING_LEFT = 0.05
"""Below it, nothing is left of a decayed count."""

_THIS = Words("该险种", "this product")


def describe(
    workspace: Workspace, feature: Feature, value: Any, contribution: float, objective: str | None = None
) -> Text:
    """A feature's part in a score, as a sentence for an agent: `{"zh": …, "en": …}`.

    value: as the feature sheet has it; None or NaN is missing. contribution: what it adds to the score, of which
        the sign is told. objective: whose chance it is; a sale's where none is named. Every feature gives a sentence.
    """
    goal = None
    if objective is not None and objective in workspace.objectives:
        label = workspace.objectives[objective].label
        goal = Words(label["zh"], label["en"])
    words = told(workspace, feature, value)
    if words is None:
        words = _stated(Words(feature.name, feature.name), value)
    return (words + Words("，", ", ") + effect(contribution, goal)).text()


def told(workspace: Workspace, feature: Feature, value: Any) -> Words | None:
    """A feature and its value in words; None for one that has no words of its own."""
    phrase = _PHRASES.get(feature.subject.kind)
    return None if phrase is None else phrase(workspace, feature, value)


def _tag(workspace: Workspace, feature: Feature, value: Any) -> Words:
    """A tag by its label, and its value by its own where it has one."""
    tag = workspace.tags[_name(feature)]
    subject = Words(tag.label["zh"], tag.label["en"])
    named = tag.value_labels.get(value) if isinstance(value, str) else None
    if named is None:
        return _stated(subject, value)
    return subject + Words(f"为{named['zh']}", f" is {named['en']}")


def _name(feature: Feature) -> str:
    return feature.subject.name or feature.name


def _stated(subject: Words, value: Any) -> Words:
    """A thing and what it is."""
    if is_missing(value):
        return subject + Words("未知", " unknown")
    if isinstance(value, str):
        return subject + Words(f"为 {value}", f" is {value}")
    if isinstance(value, bool | np.bool_):
        return subject + Words("：", ": ") + yes_or_no(value)
    return subject + Words(f" {number(value)}", f" {number(value)}")


def _consent(workspace: Workspace, feature: Feature, value: Any) -> Words:
    channel = _name(feature)
    name = _CHANNELS.get(channel, Words(channel, channel))
    if is_missing(value):
        return Words(f"未表态是否同意{name.zh}联系", f"no answer yet on contact by {name.en}")
    if value:
        return Words(f"同意{name.zh}联系", f"agreed to contact by {name.en}")
    return Words(f"拒绝{name.zh}联系", f"refused contact by {name.en}")


_COUNTED = {
    Measure.ACTIVE: Words("有效保单数", "active policies"),
    Measure.EVER: Words("累计保单数", "policies ever held"),
    Measure.LAPSED: Words("脱保次数", "lapsed policies"),
}


def _policies(workspace: Workspace, feature: Feature, value: Any) -> Words:
    """What the book knows of all of a customer's policies."""
    measure = feature.measure
    if measure in _COUNTED:
        return _stated(_COUNTED[measure], value)
    if measure is Measure.PREMIUM:
        return Words("有效保单保费", "premium of active policies") + _amount(workspace, value)
    if measure is Measure.SINCE_LAPSE:
        return _ago(Words("脱保", "lapse"), value)
    if measure is Measure.NEXT:
        return _which(workspace, Words("最先到期的险种", "the next to expire"), value)
    if as_number(value) is None:
        return Words("没有有效保单", "no active policy")
    return _expiry(Words("最近一张保单", "the next policy"), value)


def _which(workspace: Workspace, subject: Words, value: Any) -> Words:
    """A product by its label."""
    if is_missing(value):
        return _stated(subject, value)
    named = _product(workspace, value)
    return subject + Words(f"为{named.zh}", f" is {named.en}")


def _product(workspace: Workspace, name: Any) -> Words:
    if name in workspace.products:
        label = workspace.products[name].label
        return Words(label["zh"], label["en"])
    return Words(str(name), str(name))


_AMOUNTS = {
    Measure.PREMIUM: Words("保费", " premium"),
    Measure.PRICE: Words("价格", " price"),
    Measure.MARGIN: Words("毛利", " margin"),
}


def _policy(workspace: Workspace, feature: Feature, value: Any) -> Words:
    """What is known of one product, that of the row where none is named."""
    name, measure = feature.subject.name, feature.measure
    product = _THIS if name is None else _product(workspace, name)
    if measure is Measure.VALUE:
        return _which(workspace, Words("险种", "the product"), value)
    if measure is Measure.ACTIVE:
        holds = Words("持有", "holds ") if value and not is_missing(value) else Words("未持有", "does not hold ")
        return holds + product
    if measure is Measure.EXPIRY:
        return _expiry(product, value)
    if measure is Measure.HELD:
        if is_missing(value):
            return Words("从未持有", "never held ") + product
        return Words(f"持有{product.zh}已", f"has held {product.en} for ") + span(value)
    return product + _AMOUNTS[measure] + _amount(workspace, value)


def _amount(workspace: Workspace, value: Any) -> Words:
    return Words("未知", " unknown") if is_missing(value) else Words(" ", " ") + money(value, workspace.currency)


def _expiry(subject: Words, value: Any) -> Words:
    days = as_number(value)
    if days is None:
        return subject + Words("没有到期日", " has no expiry date")
    if days < 0:
        return subject + Words("已过期", " expired ") + span(days) + Words("", " ago")
    return subject + Words("距到期", " expires in ") + span(days)


def _interactions(workspace: Workspace, feature: Feature, value: Any) -> Words:
    return _measured(workspace, Words("互动", "contact"), feature, value)


def _events(workspace: Workspace, feature: Feature, value: Any) -> Words:
    """Counted events: how often, how long ago, and the values that came with them."""
    label, about = workspace.events[_name(feature)].label, feature.subject
    subject = Words(label["zh"], label["en"])
    if about.by is not None:
        among = _THIS if about.value is None else _DISPOSITIONS.get(about.value) or _product(workspace, about.value)
        subject += Words(f"（{among.zh}）", f" ({among.en})")
    return _measured(workspace, subject, feature, value)


def _measured(workspace: Workspace, subject: Words, feature: Feature, value: Any) -> Words:
    if feature.measure is Measure.SINCE_LAST:
        return _ago(subject, value)
    if feature.measure is Measure.SINCE_FIRST:
        return _ago(subject, value, first=True)
    recently = _recently(feature.span)
    if feature.measure is Measure.COUNT:
        return _count(subject, value, recently)
    label = workspace.fields[feature.field or ""].label
    if feature.measure is Measure.LAST:
        return _stated(Words(f"上次{subject.zh}的{label['zh']}", f"{label['en']} of the last {subject.en}"), value)
    if feature.measure is Measure.TOLD:
        return _count(Words(f"有{label['zh']}的{subject.zh}", f"{subject.en} with {label['en']}"), value, recently)
    size = Words(f"{subject.zh}的{label['zh']}", f"{label['en']} ({subject.en}, {recently.en})")
    if feature.measure is Measure.USUAL:
        return _stated(Words(f"{recently.zh}{size.zh}通常", f"usual {size.en}"), value)
    return _stated(Words(f"{recently.zh}{size.zh}合计", f"total {size.en}"), value)


_PHRASES: Mapping[Kind, Callable[[Workspace, Feature, Any], Words]] = {
    Kind.TAG: _tag,
    Kind.CHANNEL: _consent,
    Kind.POLICIES: _policies,
    Kind.PRODUCT: _policy,
    Kind.EVENT: _events,
    Kind.INTERACTION: _interactions,
}


def _count(subject: Words, value: Any, recently: Words) -> Words:
    count = as_number(value)
    if count is None or count < NOTHING_LEFT:
        return Words(f"{recently.zh}没有{subject.zh}", f"no {subject.en} {recently.en}")
    gap = "" if subject.zh.endswith("）") else " "
    times = "time" if number(count) == "1" else "times"
    return Words(
        f"{recently.zh}{subject.zh}{gap}{number(count)} 次",
        f"{subject.en}, {number(count)} {times} {recently.en}",
    )


def _recently(half_life: timedelta | None) -> Words:
    """How far back a decayed count reaches."""
    days = 30 if half_life is None else half_life.days
    if days <= 10:
        return Words("最近几天", "in the last days")
    return Words("近期", "recently") if days <= 45 else Words("近几个月", "in recent months")


def _ago(subject: Words, value: Any, first: bool = False) -> Words:
    if is_missing(value):
        return Words(f"没有{subject.zh}记录", f"no {subject.en} on record")
    ordinal = Words("首次", "first ") if first else Words("上次", "last ")
    return ordinal + subject + Words("在", " ") + span(value) + Words("前", " ago")
