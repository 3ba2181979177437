"""Tags: values that are told anew as their opposite for nearly everybody, and shares of new customers that changed."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

import numpy as np
import polars as pl

from features.lake import read_customers
from leads.configuration.workspace import Tag
from leads.words.bilingual import Words
from monitoring.quality.finding import Finding
from monitoring.quality.recent import DAYS
from monitoring.record.tables import Tables

CHANGED, LEAST, SURE = 0.3, 20, 6.0
"""Share of those told again whose value changed, of how many customers, and how far beyond chance."""


def tags(tables: Tables) -> Iterator[Finding]:
    """Of each tag of few values what the records of the last day say that those before did not."""
    records = read_customers(tables.home, tables.until).sort("customer_id", "at")
    recent = records.filter(pl.col("at") > tables.until - timedelta(days=DAYS + 1))
    told = records.filter(pl.col("customer_id").is_in(recent["customer_id"].unique().implode()))
    today = pl.col("at") > tables.until - timedelta(days=1)
    for tag in tables.configuration.workspace.tags.values():
        if tag.type in ("category", "boolean"):
            values = told.select(
                "customer_id", "at", pl.col(tag.name).cast(pl.String).alias("value"), today.alias("today")
            )
            again = values.with_columns(was=pl.col("value").shift().over("customer_id"))
            found = _exchanged(tables, tag, again) or _shares(tables, tag, values)
            if found is not None:
                yield found


def _exchanged(tables: Tables, tag: Tag, again: pl.DataFrame) -> Finding | None:
    """Values that changed for a great part of those told again."""
    known = again.filter(pl.col("was").is_not_null() & pl.col("value").is_not_null())
    now, before = (known.filter(part) for part in (pl.col("today"), ~pl.col("today")))
    if len(now) < LEAST:
        return None
    changed = now.filter(pl.col("was") != pl.col("value"))
    share = len(changed) / len(now)
    usual = len(before.filter(pl.col("was") != pl.col("value"))) / max(len(before), 1)
    if share < max(CHANGED, 3 * usual):
        return None
    pairs = changed.group_by("was", "value").len().sort("len", descending=True)
    one, other = pairs["was"][0], pairs["value"][0]
    flipped = len(pairs.filter((pl.col("was") == other) & (pl.col("value") == one))) > 0
    certainty = (share - usual) / np.sqrt(max(usual * (1 - usual), 0.01) / len(now))
    names = [tag.value_labels.get(value, {"zh": value, "en": value}) for value in (one, other)]
    if flipped:
        cause = Words(f"来源把“{names[0]['zh']}”与“{names[1]['zh']}”的含义互换",
                      f"the source exchanged the meaning of “{names[0]['en']}” and “{names[1]['en']}”")  # fmt: skip
    else:
        cause = Words(f"来源把“{names[0]['zh']}”改为“{names[1]['zh']}”",
                      f"the source turned “{names[0]['en']}” into “{names[1]['en']}”")  # fmt: skip
    since: datetime = changed["at"].min()  # type: ignore[assignment]
    return Finding(
        "tag_flipped" if flipped else "tag_changed", tag.name,
        Words(f"标签“{tag.label['zh']}”：过去一天重新提供的客户中 {share:.0%} 的值变了（通常 {usual:.0%}）",
              f"tag {tag.label['en']}: changed for {share:.0%} of those told again in a day (usually {usual:.0%})"),
        cause, Words("让来源恢复口径，更正后重新导入", "have the source mend it, and import again"), since,
        float(certainty), {"share": share, "usual_share": usual, "customers": float(len(now))},
    )  # fmt: skip


def _shares(tables: Tables, tag: Tag, values: pl.DataFrame) -> Finding | None:
    """Of customers who are new today the share of each value, missing ones too, against the weeks before."""
    first = values.group_by("customer_id").agg(pl.col("at").min(), pl.col("value").first(), pl.col("today").first())
    new = first.filter(pl.col("at") > tables.until - timedelta(days=DAYS + 1)).with_columns(
        pl.col("value").fill_null("∅")
    )
    now, before = (new.filter(part) for part in (pl.col("today"), ~pl.col("today")))
    if len(now) < LEAST or len(before) < 5 * LEAST:
        return None
    counts = {value: count for value, count in now["value"].value_counts().iter_rows()}
    usual = {value: count / len(before) for value, count in before["value"].value_counts().iter_rows()}
    shifts = {value: (count / len(now) - usual.get(value, 0.0)) for value, count in counts.items()}
    value = max(shifts, key=lambda name: shifts[name])
    even = max(usual.get(value, 0.0), 1 / len(before))
    certainty = shifts[value] / np.sqrt(max(even * (1 - even), 0.01) / len(now))
    if shifts[value] < 0.15 or certainty < SURE:
        return None
    told = _value_named(tag, value)
    share = counts[value] / len(now)
    cause, advice = _why(told, value == "∅")
    return Finding(
        "tag_shares", f"{tag.name}={'' if value == '∅' else value}",
        Words(f"新客户的“{tag.label['zh']}”：{told.zh} {usual.get(value, 0):.0%} → {share:.0%}",
              f"tag {tag.label['en']} of new customers: {told.en} {usual.get(value, 0):.0%} → {share:.0%}"),
        cause, advice, tables.until - timedelta(days=1), float(certainty),
        {"share": share, "usual_share": usual.get(value, 0.0)},
    )  # fmt: skip


def _why(told: Words, is_missing: bool) -> tuple[Words, Words]:
    if is_missing:
        return (
            Words(
                "来源给出工作区未声明的值，被拒绝", "the source tells values that are not declared, which are refused"
            ),
            Words(
                "见 refused/ 下的文件；在 workspace.yaml 声明新值", "see the files under refused/; declare the value"
            ),
        )
    return (
        Words(f"新客户构成改变：{told.zh}", f"other people come: {told.en}"),
        Words("核对渠道与来源；积累数据后重新训练", "check channels and source; train again once there is data"),
    )


def _value_named(tag: Tag, value: str) -> Words:
    if value == "∅":
        return Words("缺失", "missing")
    label = tag.value_labels.get(value, {"zh": value, "en": value})
    return Words(label["zh"], label["en"])
