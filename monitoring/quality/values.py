"""Words of events: values that were never there before, and those that took another's place."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any

import numpy as np
import polars as pl

from leads.words.bilingual import Words
from monitoring.quality.finding import Finding
from monitoring.quality.recent import USUAL
from monitoring.record.tables import Tables, moment

SHARE, LEAST = 0.03, 5
"""Of a field's values of the day, and how many, from which on a new word is told."""

GONE = 0.2
"""Of its usual share; a value that fell below it has gone."""

MISSED = 10
"""A value of which fewer would have come may be missing by chance."""


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
            if part["before"].sum() >= LEAST * 10:
                yield from _new(tables, str(kind), name, part, known.get((str(kind), name), frozenset()))


def _known(tables: Tables) -> Mapping[tuple[str, str], frozenset[str]]:
    """By type and field the words of all events until a week ago."""
    workspace = tables.configuration.workspace
    names = [name for name, field in workspace.fields.items() if field.type == "category"]
    lists = ", ".join(f'list(DISTINCT "{name}") AS "{name}"' for name in names)
    before = f"time <= {moment(tables.until - timedelta(days=8))}"
    found = tables.frame(f"SELECT type, {lists} FROM ({tables.every_event()}) WHERE {before} GROUP BY type")
    return {(row["type"], name): frozenset(row[name] or ()) for row in found.iter_rows(named=True) for name in names}


def _new(tables: Tables, kind: str, name: str, part: pl.DataFrame, known: frozenset[str]) -> Iterator[Finding]:
    today, before = int(part["today"].sum()), int(part["before"].sum())
    unseen = (pl.col("before") == 0) & ~pl.col("value").is_in(known)
    for row in part.filter(unseen).iter_rows(named=True):
        share = row["today"] / max(today, 1)
        if row["today"] >= LEAST and share >= SHARE:
            old = _replaced(part, row["value"], share, today, before)
            yield _finding(tables, kind, name, row, share, old)


def _replaced(part: pl.DataFrame, value: str, share: float, today: int, before: int) -> str | None:
    """The value whose place it took: usual as often as it is now, and gone."""
    shares = part.with_columns(now=pl.col("today") / max(today, 1), usual=pl.col("before") / max(before, 1))
    missed = (pl.col("usual") * today >= MISSED) & (pl.col("now") < GONE * pl.col("usual"))
    gone = shares.filter((pl.col("usual") >= SHARE) & missed)
    alike = gone.filter((pl.col("usual") / share).is_between(0.4, 2.5)).sort((pl.col("usual") - share).abs())
    return alike["value"][0] if len(alike) else None


def _finding(tables: Tables, kind: str, name: str, row: Mapping[str, Any], share: float, old: str | None) -> Finding:
    workspace = tables.configuration.workspace
    event, field, value = workspace.events[kind].label, workspace.fields[name].label, str(row["value"])
    seen = Words(
        f"{event['zh']}的{field['zh']}出现新值“{value}”，占 {share:.0%}",
        f"{event['en']}: {field['en']} “{value}” was never there before, and is {share:.0%} now",
    )
    since: datetime = row["since"] or tables.until - timedelta(days=1)
    figures, subject = {"share": share, "count": float(row["today"])}, f"{kind}.{name}={value}"
    certainty = float(np.sqrt(2 * figures["count"] * np.log(1000)))
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
