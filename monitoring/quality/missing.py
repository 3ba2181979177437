"""Fields that are no longer told: by everybody, or by one team or agent."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import timedelta
from typing import Any

import polars as pl

from leads.words.bilingual import Words
from monitoring.quality.finding import Finding
from monitoring.quality.recent import USUAL
from monitoring.record.tables import Tables

RISE, LEAST, SURE = 0.2, 15, 6.0
"""By how much the share without a value must rise, of how many events, and how far beyond chance."""

_WHO = ("team", "agent")


def missing(tables: Tables) -> Iterator[Finding]:
    """Per type and field, who tells it far less often than before: the team or agent where it is theirs alone."""
    workspace = tables.configuration.workspace
    tables.connection.execute(
        "CREATE OR REPLACE TEMP VIEW told AS SELECT recent.*, agent_id AS agent, team FROM recent "
        "LEFT JOIN agents ON agents.agent = recent.agent_id"
    )
    for name in workspace.fields:
        by_whom = [_rises(tables, name, who) for who in _WHO] if "agent_id" in workspace.fields else []
        everybody = _rises(tables, name, None)
        for row in everybody.iter_rows(named=True):
            theirs = [part.filter(pl.col("type") == row["type"]) for part in by_whom]
            blamed = next((part for part in theirs if len(part) > 0), None)
            if blamed is not None and blamed["calm"].any():
                yield from (_finding(tables, name, one) for one in blamed.iter_rows(named=True))
            else:
                yield _finding(tables, name, row)
        for part in by_whom:
            others = part.filter(~pl.col("type").is_in(everybody["type"].implode()))
            found = others.filter(pl.col("calm"))
            if len(found):
                yield from (_finding(tables, name, one) for one in found.iter_rows(named=True))
                break


def _rises(tables: Tables, name: str, who: str | None) -> pl.DataFrame:
    """Rows `type, who, value, today, without, before, before_without, since, calm`: whose share without a value rose.
    calm: whether others of the same type go on as before.
    """
    group = f"type, '{who}' AS who, {who} AS value" if who else "type, 'all' AS who, NULL::VARCHAR AS value"
    counted = tables.frame(f"""
        SELECT {group}, count(*) FILTER (WHERE day = 0) AS today,
            count(*) FILTER (WHERE day = 0 AND "{name}" IS NULL) AS without, count(*) FILTER (WHERE {USUAL}) AS before,
            count(*) FILTER (WHERE {USUAL} AND "{name}" IS NULL) AS before_without,
            min(time) FILTER (WHERE day = 0 AND "{name}" IS NULL) AS since, any_value(source) AS source
        FROM told WHERE {f"{who} IS NOT NULL" if who else "true"} GROUP BY ALL ORDER BY ALL
    """)
    now, usual = pl.col("without") / pl.col("today"), pl.col("before_without") / pl.col("before")
    told = counted.filter((pl.col("today") >= LEAST) & (pl.col("before") >= LEAST)).with_columns(now=now, usual=usual)
    even = pl.max_horizontal(pl.col("usual"), 0.02)
    sure = (pl.col("now") - pl.col("usual")) / (even * (1 - even).clip(0.02) / pl.col("today")).sqrt()
    marked = told.with_columns(sure=sure).with_columns(
        rose=(pl.col("now") - pl.col("usual") >= RISE) & (pl.col("sure") >= SURE)
    )
    return marked.with_columns(calm=(~pl.col("rose")).any().over("type")).filter("rose")


def _finding(tables: Tables, name: str, row: Mapping[str, Any]) -> Finding:
    workspace = tables.configuration.workspace
    kind, who, value = str(row["type"]), str(row["who"]), row["value"]
    event, field = workspace.events[kind].label, workspace.fields[name].label
    now, usual = float(row["now"]), float(row["usual"])
    whose = _WHOSE.get(who)
    if whose is None:
        theirs = Words("", "")
        cause = Words(f"来源 {row['source']} 不再提供{field['zh']}",
                      f"the source {row['source']} no longer tells the {field['en']}")  # fmt: skip
    else:
        theirs = Words(f"（{whose[0]} {value}）", f" of {whose[1]} {value}")
        cause = Words(f"{whose[0]} {value} 不再登记{field['zh']}",
                      f"{whose[1]} {value} has stopped logging the {field['en']}")  # fmt: skip
    since = row["since"] if row["since"] is not None else tables.until - timedelta(days=1)
    return Finding(
        "field_missing", f"{kind}.{name}" + ("" if who == "all" else f"@{who}={value}"),
        Words(event["zh"], event["en"]) + theirs
        + Words(f"缺少{field['zh']}：{usual:.0%} → {now:.0%}", f" without {field['en']}: {usual:.0%} → {now:.0%}"),
        cause, Words("与其负责人核对登记流程", "talk to whoever answers for it"), since, float(row["sure"]),
        {"share": now, "usual_share": usual},
    )  # fmt: skip


_WHOSE = {"team": ("团队", "team"), "agent": ("坐席", "agent")}
