"""Feeds: which source has fallen silent, tells far less, or far more than on days like this one."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import polars as pl

from leads.words.bilingual import Text, Words
from monitoring.quality.finding import Finding
from monitoring.quality.recent import DAYS
from monitoring.record.tables import Tables

SILENT = 15.0
"""Events that would have come in a silence, if it were none: by chance it happens once in three million times."""

SURE = 6.0
"""Standard deviations of what days differ by, from which on a day is no day like others."""

DOWN, UP = 0.5, 1.7
"""Times the usual below and above which it matters."""

_QUIET = timedelta(hours=2)
"""Shorter silences are told of nobody: files come late, shifts change."""

_LEAST_DAYS = 7
"""A feed must have been there on so many days to be missed."""


def feeds(tables: Tables) -> Iterator[Finding]:
    """What each source tells of each type, against days of the same weekday."""
    counts = tables.frame("SELECT source, type, day, count(*) AS n FROM recent GROUP BY ALL ORDER BY source, type, day")
    hours = tables.frame("SELECT source, type, hour, count(*) AS n FROM recent WHERE day > 0 GROUP BY ALL")
    last = tables.frame("SELECT source, type, max(time) AS last FROM recent GROUP BY ALL")
    ended = {(source, kind): time for source, kind, time in last.iter_rows()}
    for (source, kind), days in counts.partition_by("source", "type", as_dict=True).items():
        mine = hours.filter((pl.col("source") == source) & (pl.col("type") == kind))
        found = _feed(tables, (str(source), str(kind)), days, mine, ended[source, kind])
        if found is not None:
            yield found


def _feed(tables: Tables, feed: tuple[str, str], days: pl.DataFrame, hours: pl.DataFrame, last: Any) -> Finding | None:
    before = np.zeros(DAYS + 1)
    before[days["day"].to_numpy()] = days["n"].to_numpy()
    today, usual = before[0], before[1:]
    if (usual > 0).sum() < _LEAST_DAYS:
        return None
    quiet = tables.until - last
    missed = _missed(tables, usual.mean(), hours, quiet)
    if missed >= SILENT and quiet >= _QUIET:
        return _silent(tables, feed, quiet, missed)
    alike = usual[6::7]
    expected = alike.mean()
    spread = _spread(usual, expected)
    certainty = (today - expected) / spread
    if abs(certainty) < SURE or DOWN < today / max(expected, 1e-9) < UP:
        return None
    return _changed(tables, feed, today, expected, certainty)


def _spread(usual: np.ndarray, expected: float) -> float:
    """Of a day around days of its weekday: at least what chance makes of so many events."""
    weeks = usual.reshape(4, 7)
    within = float(np.square(weeks - weeks.mean(axis=0)).sum() / (3 * 7))
    return float(np.sqrt(max(within, expected, 1.0) * 1.25))


def _missed(tables: Tables, daily: float, hours: pl.DataFrame, quiet: timedelta) -> float:
    """How many events would have come in the time since the last one, by the hours in which they usually come."""
    profile = np.zeros(24)
    profile[hours["hour"].to_numpy()] = hours["n"].to_numpy()
    profile = profile / max(profile.sum(), 1)
    span = int(quiet / timedelta(hours=1))
    local = _local_hour(tables)
    partial = (quiet / timedelta(hours=1) - span) * profile[(local - span) % 24]
    return float(daily * (sum(profile[(local - back) % 24] for back in range(span)) + partial))


def _local_hour(tables: Tables) -> int:
    return tables.until.astimezone(ZoneInfo(tables.configuration.workspace.timezone)).hour


def _silent(tables: Tables, feed: tuple[str, str], quiet: timedelta, missed: float) -> Finding:
    hours = quiet / timedelta(hours=1)
    name = _named(tables, feed)
    return Finding(
        "feed_silent", "/".join(feed),
        name + Words(f"已 {hours:.0f} 小时没有数据", f": nothing for {hours:.0f} hours"),
        Words(f"来源 {feed[0]} 停止推送", f"the source {feed[0]} has stopped sending"),
        Words("检查来源系统与接口；恢复后补传缺失时段",
              "check the source and its connection; send again what is missing"),
        tables.until - quiet, float(np.sqrt(2 * missed)), {"hours": hours, "events_missed": missed},
    )  # fmt: skip


def _changed(tables: Tables, feed: tuple[str, str], today: float, expected: float, certainty: float) -> Finding:
    times = today / max(expected, 1e-9)
    told = Words(
        f"过去一天 {today:,.0f} 条，通常 {expected:,.0f} 条（{times:.1f} 倍）",
        f": {today:,.0f} in the last day, usually {expected:,.0f} ({times:.1f} times)",
    )
    down = today < expected
    cause = (
        Words(f"来源 {feed[0]} 部分中断或漏传", f"the source {feed[0]} fails in part")
        if down
        else Words("重复推送、批量补传或真实激增", "sent again, sent late in bulk, or a real surge")
    )
    return Finding(
        "feed_down" if down else "feed_up", "/".join(feed), _named(tables, feed) + told, cause,
        Words("与来源系统核对当日条数", "compare the day's number with the source"), tables.until - timedelta(days=1),
        abs(certainty), {"today": today, "usual": expected},
    )  # fmt: skip


def _named(tables: Tables, feed: tuple[str, str]) -> Words:
    label: Text = tables.configuration.workspace.events[feed[1]].label
    return Words(f"{label['zh']}（{feed[0]}）", f"{label['en']} ({feed[0]})")
