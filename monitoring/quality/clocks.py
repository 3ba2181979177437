"""Clocks: sources whose events come at other hours than they used to, all by the same shift."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import polars as pl

from leads.words.bilingual import Words
from monitoring.quality.finding import Finding
from monitoring.quality.recent import USUAL
from monitoring.record.tables import Tables

SURE = 25.0
"""Log likelihood by which the shifted hours must explain a day better than the usual ones."""

LEAST = 15


def clocks(tables: Tables) -> Iterator[Finding]:
    """Per source, the shift of all its hours that explains the last day best, where it is far better than none. Hours
    after its last event say nothing: a source that fell silent has a clock that is right.
    """
    found = tables.frame(
        "SELECT source, type, hour, count(*) FILTER (WHERE day = 0) AS today, "
        f"count(*) FILTER (WHERE {USUAL}) AS before, max(time) FILTER (WHERE day = 0) AS last FROM recent GROUP BY ALL"
    )
    for (source,), part in found.partition_by("source", as_dict=True).items():
        last = part["last"].max()
        heard = _heard(tables, last) if isinstance(last, datetime) else np.zeros(24, bool)
        scores, today = np.zeros(24), 0
        for _, kind in part.partition_by("type", as_dict=True).items():
            now, before = _hours(kind, "today") * heard, _hours(kind, "before")
            if before.sum() >= 10 * LEAST and now.sum():
                scores += [_likelihood(now, np.roll(before, shift), heard) for shift in range(24)]
                today += int(now.sum())
        best = int(np.argmax(scores))
        gain = scores[best] - scores[0]
        if best and today >= LEAST and gain >= SURE:
            types = tuple(sorted(part["type"].unique()))
            yield _finding(tables, str(source), best if best <= 12 else best - 24, gain, types)


def _heard(tables: Tables, last: datetime) -> np.ndarray:
    """Which local hours of the last day are those before the last event."""
    local = tables.until.astimezone(ZoneInfo(tables.configuration.workspace.timezone)).hour
    quiet = int((tables.until - last) / timedelta(hours=1))
    return np.array([(local - hour) % 24 >= quiet for hour in range(24)])


def _likelihood(now: np.ndarray, before: np.ndarray, heard: np.ndarray) -> float:
    """The logarithm of how likely these hours are by those before, of the hours that were heard of."""
    usual = (before + 0.5) * heard
    return float((now[heard] * np.log(usual[heard] / usual.sum())).sum())


def _hours(part: pl.DataFrame, name: str) -> np.ndarray:
    hours = np.zeros(24)
    hours[part["hour"].to_numpy()] = part[name].to_numpy()
    return hours


def _finding(tables: Tables, source: str, shift: int, gain: float, types: tuple[str, ...]) -> Finding:
    return Finding(
        "clock_off", source,
        Words(f"来源 {source} 的时间整体偏移 {shift:+d} 小时", f"the times of {source} are all {shift:+d} hours off"),
        Words(f"来源 {source} 的时钟或时区设置错误", f"the clock or the time zone of {source} is wrong"),
        Words("让来源按 RFC 3339 带时区发送；更正后重新导入",
              "have it send times with their zone (RFC 3339), and import again"),
        tables.until - timedelta(days=1), float(np.sqrt(2 * gain)), {"hours": float(shift)}, types,
    )  # fmt: skip
