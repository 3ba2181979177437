"""Training/serving skew: what decisions went by, worked out again from the lake, must be the same to 1e-9."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Annotated, Any

import numpy as np
import polars as pl
from typing_extensions import TypedDict

from leads.words.bilingual import Words
from monitoring.population.sample import Sample
from monitoring.quality.finding import Finding
from monitoring.record.tables import Tables, moment, quoted
from monitoring.words.columns import column_label
from serving.clock import Clock
from serving.meaning import Means

BAR = 1e-9
"""As far as two ways of working out the same may be apart, of 1 or of the value where that is larger."""

MOST = 400
"""Decisions of the last day that are worked out again."""

LEAST, SHARE = 3, 0.02
"""Decisions that must differ, and their part of all, before it is told: one may have met a repair of the record."""

IN_FLIGHT = timedelta(seconds=60)
"""What arrived so shortly before a decision, or after it, may or may not have been known to it: it is left out."""


_EXACT = len("2026-03-04T04:00:00.000000Z")
"""A decision whose time is told less exactly, as earlier versions told it, cannot be worked out again."""


class SkewAnswer(TypedDict):
    compared: Annotated[int, Means("decisions whose features were worked out again from the lake")]
    differing: Annotated[int, Means("of these, with a feature that is not the same to 1e-9")]
    left_out: Annotated[int, Means("decisions while something of their customer was on its way")]


@dataclass(frozen=True)
class Skew:
    """columns: how many decisions differ in which feature."""

    compared: int
    left_out: int
    differing: int
    columns: Mapping[str, int]

    def answer(self) -> SkewAnswer:
        return {"compared": self.compared, "differing": self.differing, "left_out": self.left_out}


def skew(tables: Tables, sample: Sample) -> Skew:
    """Of decisions of the last day about customers of the sample, by a hash of their ids."""
    made = tables.frame(_decisions(tables))
    known = sample.customers.select("customer_id").unique()
    made = made.join(tables.documents(made["id"].to_list()), on="id", maintain_order="left")
    made = made.filter(pl.col("document").str.json_path_match("$.at").str.len_chars() >= _EXACT)
    usable = made.filter(~pl.col("in_flight")).join(known, on="customer_id", how="semi", maintain_order="left")
    if usable.is_empty():
        return Skew(0, len(made), 0, {})
    again = sample.features(usable.select("customer_id", at=pl.col("time").cast(sample.customers.schema["at"])))
    differing = [_apart(json.loads(text)["inputs"], again, row) for row, text in enumerate(usable["document"])]
    counted = Counter(name for names in differing for name in names)
    return Skew(len(usable), len(made) - len(usable), sum(map(bool, differing)), dict(counted.most_common()))


def findings(tables: Tables, found: Skew) -> Iterator[Finding]:
    """One, where more decisions differ than can be laid to a repair of the record."""
    share = found.differing / max(found.compared, 1)
    if found.differing < LEAST or share < SHARE:
        return
    labels = [column_label(tables.configuration, name) for name in list(found.columns)[:3]]
    zh, en = "、".join(label["zh"] for label in labels), ", ".join(label["en"] for label in labels)
    yield Finding(
        "skew", next(iter(found.columns)),
        Words(f"最近一天 {found.compared} 个决策中有 {found.differing} 个所用特征与事件湖重算不一致：{zh}",
              f"{found.differing} of {found.compared} decisions of the last day went by features that the record does "
              f"not give: {en}"),
        Words("热状态与记录不一致，或特征定义改变后未重建",
              "the hot state is not what the record says, or features were declared anew without a rebuild"),
        Words("停服后执行 nextlead rebuild，再核对", "stop the service, run nextlead rebuild, and look again"),
        tables.until - timedelta(days=1), float(np.sqrt(found.compared * share / max(SHARE, 1e-9))),
        {"compared": float(found.compared), "differing": float(found.differing)},
    )  # fmt: skip


def _decisions(tables: Tables) -> str:
    """SQL of some decisions, and whether anything of their customer was on its way."""
    since = tables.until - timedelta(days=1)
    digest = quoted(tables.configuration.workspace.digest)
    flight = int((IN_FLIGHT + Clock.of(tables.home).offset) / timedelta(milliseconds=1))
    return f"""
        WITH made AS (
            SELECT id, customer_id, time FROM ({tables.decisions(since)}) WHERE workspace = {digest}
            ORDER BY hash(id), id LIMIT {MOST}
        )
        SELECT made.*, EXISTS (
            SELECT 1 FROM ({tables.arrivals(since - timedelta(days=30))}) AS told
            WHERE told.customer_id = made.customer_id AND told.time <= made.time
            AND told.came > epoch_ms(made.time) - {flight}
        ) OR EXISTS (
            SELECT 1 FROM merged WHERE merged.into_id = made.customer_id
        ) AS in_flight
        FROM made WHERE time <= {moment(tables.until)} ORDER BY id
    """


def _apart(logged: Mapping[str, Any], again: pl.DataFrame, row: int) -> list[str]:
    """The features of which what was logged is not what the record gives."""
    values = again.row(row, named=True)
    return [name for name, value in values.items() if name in logged and not _same(logged[name], value)]


def _same(one: Any, other: Any) -> bool:
    if isinstance(other, float) and np.isnan(other):
        other = None
    if one is None or other is None:
        return one is other
    if isinstance(other, float):
        return bool(abs(one - other) <= BAR * max(1.0, abs(one), abs(other)))
    return bool(one == other)
