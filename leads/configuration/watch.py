"""How a running service looks after itself, as `monitoring.yaml` declares it: when it looks, what it tells and does.

Where nothing is declared it looks once a day, tells of everything once and again after a week, and trains nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from leads.configuration.section import Section
from leads.words.bilingual import Words

FILE = "monitoring.yaml"

KINDS: Mapping[str, Words] = {
    "feed_silent": Words("数据源中断", "a feed is silent"),
    "feed_down": Words("数据量骤减", "a feed tells less"),
    "feed_up": Words("数据量骤增", "a feed tells more"),
    "twice": Words("重复事件", "events come twice"),
    "unseen_value": Words("出现新取值", "a value that is new"),
    "renamed_value": Words("取值改名", "a value was renamed"),
    "field_missing": Words("字段缺失", "a field is left out"),
    "amount_moved": Words("金额整体变动", "amounts moved"),
    "clock_off": Words("时钟偏移", "a clock is off"),
    "tag_flipped": Words("标签含义互换", "a tag was turned around"),
    "tag_changed": Words("标签大面积改变", "a tag changed for many"),
    "tag_shares": Words("新客户构成改变", "other customers come"),
    "rate_moved": Words("基础率改变", "a base rate moved"),
    "model_swapped": Words("模型被换", "a model was put back"),
    "skew": Words("训练与线上不一致", "decided on other features than recorded"),
    "drift": Words("特征漂移", "features drifted"),
    "calibration_off": Words("概率失准", "probabilities are off"),
    "ranking_worse": Words("排序变差", "ranking got worse"),
    "sample_ratio": Words("实验分组失衡", "arms are not as drawn"),
}
"""What can be found, and alerted of."""

NEVER = "never"

LEAST = timedelta(minutes=10)
"""A look takes minutes on a large record; it is not asked for more often."""


@dataclass(frozen=True)
class Retraining:
    """when: kinds of alerts that have an objective's model trained again; through the gates, as always. wait: not twice
    within so long. most: models trained at a look.
    """

    when: frozenset[str] = frozenset()
    wait: timedelta = timedelta(days=14)
    most: int = 1


@dataclass(frozen=True)
class Watch:
    """every: how often it looks, None for never. mute: kinds of which nobody is told. confirm: looks in a row that must
    find something before it is told. clear: looks in a row that must not, before it is over. remind: after how long it
    is told again, None for never.
    """

    every: timedelta | None = timedelta(days=1)
    mute: frozenset[str] = frozenset()
    confirm: int = 1
    clear: int = 2
    remind: timedelta | None = timedelta(days=7)
    retraining: Retraining = field(default_factory=Retraining)


USUAL = Watch()
"""Where nothing is declared."""


def parse_watch(document: Any) -> Watch:
    """Raises InvalidWorkspace naming the key, the value and what is allowed."""
    top = Section.of(FILE, "", document)
    top.only("every", "alerts", "retrain")
    alerts = top.section("alerts")
    alerts.only("mute", "confirm", "clear", "remind")
    return Watch(
        every=_while(top, "every", "1d"),
        mute=frozenset(alerts.choices("mute", KINDS)),
        confirm=alerts.count("confirm", USUAL.confirm, least=1) or 1,
        clear=alerts.count("clear", USUAL.clear, least=1) or 1,
        remind=_while(alerts, "remind", "7d"),
        retraining=_retraining(top.section("retrain")),
    )


def _retraining(section: Section) -> Retraining:
    section.only("when", "wait", "most")
    usual = USUAL.retraining
    wait = section.duration("wait", "14d")
    if wait <= timedelta():
        raise section.refuse("wait", "a time above 0, such as 14d")
    return Retraining(
        when=frozenset(section.choices("when", KINDS)), wait=wait,
        most=section.count("most", usual.most, least=1) or 1,
    )  # fmt: skip


def _while(section: Section, name: str, usual: str) -> timedelta | None:
    if section.values.get(name) == NEVER:
        return None
    found = section.duration(name, usual)
    if found < LEAST:
        raise section.refuse(name, f"{NEVER}, or a time of 10m or longer, such as {usual}")
    return found
