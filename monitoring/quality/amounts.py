"""Amounts: numbers that come with events and have all moved by a factor, such as prices."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import numpy as np
import polars as pl

from leads.words.bilingual import Words
from monitoring.quality.finding import Finding
from monitoring.quality.recent import USUAL
from monitoring.record.tables import Tables
from monitoring.reports.vocabulary import by_role, listed

FACTOR, SURE, LEAST = 1.1, 6.0, 8
"""By which factor all amounts must have moved, how far beyond chance, and over how many events of the day."""

PREMIUM = "premium"


def amounts(tables: Tables) -> Iterator[Finding]:
    """Per type of event and number that comes with it, how far it has moved from what is usual for its product. The
    premium of a renewal is held against what the same customer paid for the same product before.
    """
    workspace = tables.configuration.workspace
    renewals = by_role(tables.configuration, "renewed")
    for name, field in workspace.fields.items():
        if field.type == "number":
            yield from _found(tables, name, _by_product(tables, name, renewals if name == PREMIUM else ()))
    if PREMIUM in workspace.fields and renewals:
        yield from _found(tables, PREMIUM, _by_customer(tables))


def _by_product(tables: Tables, name: str, without: tuple[str, ...]) -> pl.DataFrame:
    """Of each event `type, day, off`: how far the logarithm of its amount is from the median of its product."""
    return tables.frame(f"""
        WITH told AS (
            SELECT type, coalesce(product, '') AS product, day, ln("{name}") AS amount FROM recent
            WHERE "{name}" > 0 AND type NOT IN {listed(without)}
        ), usual AS (
            SELECT type, product, median(amount) AS usual FROM told WHERE {USUAL}
            GROUP BY type, product HAVING count(*) >= {LEAST}
        )
        SELECT type, day, amount - usual AS off FROM told JOIN usual USING (type, product)
    """)


def _by_customer(tables: Tables) -> pl.DataFrame:
    """The same of renewals, against the premium before."""
    renewed = by_role(tables.configuration, "renewed")
    held = tables.events([*by_role(tables.configuration, "purchased"), *renewed])
    return tables.frame(f"""
        WITH paid AS (
            SELECT source, id, type,
                ln(premium) - ln(lag(premium) OVER (PARTITION BY customer_id, product ORDER BY time)) AS off
            FROM ({held}) WHERE premium > 0
        )
        SELECT recent.type, recent.day, paid.off FROM recent JOIN paid USING (source, id)
        WHERE recent.type IN {listed(renewed)} AND paid.off IS NOT NULL
    """)


def _found(tables: Tables, name: str, rows: pl.DataFrame) -> Iterator[Finding]:
    for (kind,), part in rows.partition_by("type", as_dict=True).items():
        today = part.filter(pl.col("day") == 0)["off"].to_numpy()
        before = part.filter(pl.col("day") > 7)
        if len(today) < LEAST or len(before) < LEAST:
            continue
        usual = before["off"].to_numpy()
        shift = float(np.median(today) - np.median(usual))
        error = max(_chance(usual, len(today)), _between_days(before), 1e-3)
        if abs(shift) >= np.log(FACTOR) and abs(shift) / error >= SURE:
            yield _finding(tables, str(kind), name, len(today), shift, error)


def _chance(usual: np.ndarray, count: int) -> float:
    """The standard error of a median of so many."""
    spread = np.subtract(*np.quantile(usual, [0.75, 0.25])) / 1.349
    return float(1.2533 * spread / np.sqrt(count))


def _between_days(before: pl.DataFrame) -> float:
    """How far the medians of days lie apart, robustly."""
    days = before.group_by("day").agg(pl.col("off").median())["off"].to_numpy()
    return float(np.subtract(*np.quantile(days, [0.75, 0.25])) / 1.349)


def _finding(tables: Tables, kind: str, name: str, count: int, shift: float, error: float) -> Finding:
    workspace = tables.configuration.workspace
    event, field, factor = workspace.events[kind].label, workspace.fields[name].label, float(np.exp(shift))
    change = f"{factor - 1:+.0%}" if factor < 3 else f"×{factor:,.0f}"
    priced = name == PREMIUM and factor < 3
    cause = (
        Words(f"价格调整 {change}", f"prices changed by {change}")
        if priced
        else Words("来源改变了单位或口径", "the source changed its unit or meaning")
    )
    return Finding(
        "amount_moved", f"{kind}.{name}",
        Words(f"{event['zh']}的{field['zh']}整体变动 {change}", f"{event['en']}: the {field['en']} moved by {change}"),
        cause,
        Words("若为调价，更新 workspace.yaml 的价格与毛利，并观察校准；若为单位错误，让来源更正",
              "where prices changed, change them in workspace.yaml and watch calibration; else have it mended"),
        tables.until - timedelta(days=1), abs(shift) / error, {"factor": factor, "events": float(count)},
    )  # fmt: skip
