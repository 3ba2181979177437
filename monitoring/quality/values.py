"""Words of events: values that were never there before, and those that took another's place."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import numpy as np
import polars as pl

from leads.words.bilingual import Words
from monitoring.quality.finding import Finding
from monitoring.quality.recent import USUAL
from monitoring.record.tables import Tables, moment, quoted

SHARE, LEAST, SURE = 0.03, 3, 13.0
"""Of a field's values since a new word was first told, and how many, from which on it is told; and the log likelihood
by which a word that had its share before too would have been there already.
"""

GONE = 0.2
"""Of its usual share; a value that fell below it has gone."""

MISSED = 6
"""A value of which fewer would have come may be missing by chance."""

WAIT, DUE = timedelta(hours=12), 2
"""So long it is waited where a value that may have been renamed could still come, of so many that should have come."""


@dataclass(frozen=True)
class Known:
    """Of a type and a field all words until a week ago, and how many values there were."""

    words: frozenset[str] = frozenset()
    values: int = 0


def values(tables: Tables) -> Iterator[Finding]:
    """Per type of event and category field, words of the day that no event of the type had until a week ago: what is
    only rare, or has its season, was there before.
    """
    workspace = tables.configuration.workspace
    known = _known(tables)
    for name, field in workspace.fields.items():
        if field.type != "category":
            continue
        found = tables.frame(f"""
            SELECT type, CAST("{name}" AS VARCHAR) AS value, count(*) FILTER (WHERE day = 0) AS today,
                count(*) FILTER (WHERE {USUAL}) AS before, min(time) FILTER (WHERE day <= 7) AS since
            FROM recent WHERE "{name}" IS NOT NULL GROUP BY ALL ORDER BY ALL
        """)
        for (kind,), part in found.partition_by("type", as_dict=True).items():
            yield from _new(tables, str(kind), name, part, known.get((str(kind), name), Known()))


def _known(tables: Tables) -> Mapping[tuple[str, str], Known]:
    workspace = tables.configuration.workspace
    names = [name for name, field in workspace.fields.items() if field.type == "category"]
    lists = ", ".join(f'list(DISTINCT "{name}") AS "{name}", count("{name}") AS "{name} n"' for name in names)
    before = f"time <= {moment(tables.until - timedelta(days=8))}"
    found = tables.frame(f"SELECT type, {lists} FROM ({tables.every_event()}) WHERE {before} GROUP BY type")
    return {
        (row["type"], name): Known(frozenset(row[name] or ()), row[f"{name} n"])
        for row in found.iter_rows(named=True) for name in names
    }  # fmt: skip


def _new(tables: Tables, kind: str, name: str, part: pl.DataFrame, known: Known) -> Iterator[Finding]:
    unseen = (pl.col("before") == 0) & (pl.col("today") > 0) & ~pl.col("value").is_in(known.words)
    for row in part.filter(unseen).iter_rows(named=True):
        shares = _shares(tables, kind, name, part, row["since"])
        count, every = int(shares.filter(value=row["value"])["count"].sum()), int(shares["count"].sum())
        told = count * float(np.log1p(known.values / every))
        if count < LEAST or count < SHARE * every or told < SURE:
            continue
        gone = _missed(shares, count / every)
        sure = gone.filter(pl.col("usual") * every >= MISSED)
        due = gone.filter(pl.col("usual") * every >= DUE)
        if sure.is_empty() and len(due) and tables.until - row["since"] < WAIT:
            continue
        old = None if sure.is_empty() else str(sure["value"][0])
        yield _finding(tables, kind, name, row | {"count": count, "share": count / every, "told": told}, old)


def _shares(tables: Tables, kind: str, name: str, part: pl.DataFrame, since: datetime) -> pl.DataFrame:
    """`value, count, now, usual`: how many there were since then, and shares since and before."""
    counted = tables.frame(f"""
        SELECT CAST("{name}" AS VARCHAR) AS value, count(*) AS count FROM recent
        WHERE type = {quoted(kind)} AND "{name}" IS NOT NULL AND time >= {moment(since)} GROUP BY ALL
    """)
    usual = pl.col("before") / pl.max_horizontal(pl.col("before").sum(), 1)
    both = part.select("value", usual=usual).join(counted, on="value", how="left").with_columns(
        pl.col("count").fill_null(0))  # fmt: skip
    return both.with_columns(now=pl.col("count") / pl.col("count").sum())


def _missed(shares: pl.DataFrame, share: float) -> pl.DataFrame:
    """The values whose place it may have taken, the likeliest first: usual as often as it is now, and gone."""
    gone = shares.filter((pl.col("usual") >= SHARE) & (pl.col("now") < GONE * pl.col("usual")))
    return gone.filter((pl.col("usual") / share).is_between(0.4, 2.5)).sort((pl.col("usual") - share).abs())


def _finding(tables: Tables, kind: str, name: str, row: Mapping[str, Any], old: str | None) -> Finding:
    workspace = tables.configuration.workspace
    event, field, value = workspace.events[kind].label, workspace.fields[name].label, str(row["value"])
    seen = Words(
        f"{event['zh']}的{field['zh']}出现新值“{value}”，占 {row['share']:.0%}",
        f"{event['en']}: {field['en']} “{value}” was never there before, and is {row['share']:.0%} now",
    )
    since: datetime = row["since"]
    figures, subject = {"share": row["share"], "count": float(row["count"])}, f"{kind}.{name}={value}"
    certainty = float(np.sqrt(2 * row["told"]))
    if old is not None:
        return Finding(
            "renamed_value", f"{kind}.{name}:{old}→{value}", seen + Words(f"；“{old}”同时消失", f"; “{old}” has gone"),
            Words(f"来源把“{old}”改名为“{value}”", f"the source has renamed “{old}” to “{value}”"),
            Words(f"在 workspace.yaml 中把“{value}”声明为“{old}”的同义词，再重新导入",
                  f"declare “{value}” as a synonym of “{old}” in workspace.yaml and import again"),
            since, certainty, figures,
        )  # fmt: skip
    return Finding(
        "unseen_value", subject, seen,
        Words(f"业务新增了“{value}”，模型未曾见过", f"“{value}” is new in the business; the models have never seen it"),
        Words("在 workspace.yaml 声明它，积累数据后重新训练",
              "declare it in workspace.yaml, and train again once there is data"),
        since, certainty, figures,
    )  # fmt: skip
