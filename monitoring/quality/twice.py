"""Events that arrive twice under different ids: the same of the same customer at the same moment, word for word."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import numpy as np

from leads.words.bilingual import Words
from monitoring.quality.finding import Finding
from monitoring.quality.recent import USUAL
from monitoring.record.tables import Tables

SHARE = 0.05
"""Of a type's events of the day, from which on it is no chance."""

LEAST = 8
"""Fewer repeated events say nothing."""


def twice(tables: Tables) -> Iterator[Finding]:
    """Types of which far more are there twice than usual."""
    fields = [name for name in tables.configuration.workspace.event_schema if name not in ("id", "source")]
    columns = ", ".join(f'"{name}"' for name in fields)
    found = tables.frame(f"""
        WITH same AS (
            SELECT type, day, hash({columns}) AS word, count(*) - 1 AS more, min(time) AS first,
                any_value(source) AS source
            FROM recent GROUP BY type, day, word
        )
        SELECT type, any_value(source) AS source, CAST(sum(more) FILTER (WHERE day = 0) AS BIGINT) AS again,
            CAST(sum(more + 1) FILTER (WHERE day = 0) AS BIGINT) AS today,
            CAST(sum(more) FILTER (WHERE {USUAL}) AS BIGINT) AS before,
            CAST(sum(more + 1) FILTER (WHERE {USUAL}) AS BIGINT) AS usual,
            min(first) FILTER (WHERE day <= 7 AND more > 0) AS since
        FROM same GROUP BY type HAVING again IS NOT NULL
    """)
    for kind, source, again, today, before, usual, since in found.iter_rows():
        share, normal = again / max(today, 1), (before or 0) / max(usual or 0, 1)
        if again >= LEAST and share >= max(SHARE, 3 * normal):
            label = tables.configuration.workspace.events[kind].label
            certainty = (again - normal * today) / np.sqrt(max(normal * today, 1.0))
            yield Finding(
                "twice", f"{source}/{kind}",
                Words(f"{label['zh']}：过去一天 {again:,.0f} 条重复（占 {share:.0%}）",
                      f"{label['en']}: {again:,.0f} of the last day are there twice ({share:.0%})"),
                Words(f"来源 {source} 以不同编号重复推送同一事件",
                      f"the source {source} sends the same event again under another id"),
                Words("让来源沿用同一编号（按来源与编号去重），并清理重复记录",
                      "have the source repeat its ids, by which repetitions are known; remove what is there twice"),
                since or tables.until - timedelta(days=1), float(certainty), {"share": share, "usual_share": normal},
            )  # fmt: skip
