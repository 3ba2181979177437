"""Amounts: numbers that come with events and have all moved by a factor, such as prices."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta

import numpy as np
import polars as pl

from leads.words.bilingual import Words
from monitoring.quality.finding import Finding
from monitoring.quality.recent import USUAL
from monitoring.record.tables import Tables
from monitoring.reports.vocabulary import by_role, listed
from monitoring.statistics.overdispersion import excess

FACTOR, SURE, TOGETHER, LEAST = 1.1, 6.0, 5.0, 8
"""By which factor all amounts must have moved, how far beyond chance those of one type of event, how far those of all
types by the same, and over how many events of the day.
"""

PREMIUM = "premium"

_FAR = 3.0
"""Spreads beyond which an amount counts as if it lay there: single ones say little."""

_APART = 3.0
"""Standard errors by which a type may differ from all together and have moved by the same still."""


@dataclass(frozen=True)
class Move:
    """How far an amount of a type of event, or of several, has moved today. shift: of its logarithm. error: of that."""

    types: tuple[str, ...]
    events: int
    shift: float
    error: float

    @property
    def certainty(self) -> float:
        return abs(self.shift) / self.error

    def beyond(self, sure: float) -> bool:
        """Whether it is far enough, surely enough, and of events enough."""
        return self.events >= LEAST and abs(self.shift) >= np.log(FACTOR) and self.certainty >= sure


def amounts(tables: Tables) -> Iterator[Finding]:
    """Per number that comes with events, how far it has moved from what is usual for its product: of all types of event
    together where they moved by the same, else of each. The premium of a renewal is held against what the same customer
    paid for the same product before.
    """
    workspace = tables.configuration.workspace
    renewals = by_role(tables.configuration, "renewed")
    for name, field in workspace.fields.items():
        if field.type == "number":
            rows = [_by_product(tables, name, renewals if name == PREMIUM else ())]
            rows += [_by_customer(tables)] if name == PREMIUM and renewals else []
            moves = [move for part in rows for move in _moves(part)]
            yield from (_finding(tables, name, move) for move in _told(moves))


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


def _moves(rows: pl.DataFrame) -> Iterator[Move]:
    """Of each type with events today, and enough before."""
    for (kind,), part in rows.sort("type").partition_by("type", as_dict=True, maintain_order=True).items():
        before = part.filter(pl.col("day") > 7)
        today = part.filter(pl.col("day") == 0)["off"].to_numpy()
        if len(today) and len(before) >= LEAST:
            yield _move(str(kind), today, before)


def _move(kind: str, today: np.ndarray, before: pl.DataFrame) -> Move:
    """By the mean, far ones cut off; where days differ by more than chance the error is as much larger."""
    usual = before["off"].to_numpy()
    spread = max(float(np.subtract(*np.quantile(usual, [0.75, 0.25]))) / 1.349, 1e-3)
    far, middle = _cut(usual, spread)
    days = before.with_columns(far=far - far.mean()).group_by("day").agg(pl.col("far").sum() / pl.len().sqrt())
    apart = excess(float(np.square(days["far"].to_numpy()).mean()), len(days))
    # Cut where most of today lies, so that a change of the unit is told in full.
    now, there = _cut(today, spread)
    shift = there - middle + spread * float(now.mean() - far.mean())
    return Move((kind,), len(today), shift, spread * float(np.sqrt(apart * (1 / len(today) + 1 / len(usual)))))


def _cut(values: np.ndarray, spread: float) -> tuple[np.ndarray, float]:
    """How many spreads each lies from the median, far ones cut off; and the median."""
    middle = float(np.median(values))
    return np.clip((values - middle) / spread, -_FAR, _FAR), middle


def _told(moves: Sequence[Move]) -> Iterator[Move]:
    """All together where they moved by the same, else each that moved."""
    whole = _together(moves) if len(moves) > 1 else None
    alike = whole is not None and all(abs(each.shift - whole.shift) <= _APART * each.error for each in moves)
    if whole is not None and alike:
        if whole.beyond(TOGETHER):
            yield whole
        return
    yield from (each for each in moves if each.beyond(SURE))


def _together(moves: Sequence[Move]) -> Move:
    """Each counts by how exactly it is known."""
    weights = np.array([each.error**-2 for each in moves])
    shift = float(weights @ np.array([each.shift for each in moves]) / weights.sum())
    types = tuple(kind for each in moves for kind in each.types)
    return Move(types, sum(each.events for each in moves), shift, float(weights.sum() ** -0.5))


def _finding(tables: Tables, name: str, move: Move) -> Finding:
    workspace = tables.configuration.workspace
    labels = [workspace.events[kind].label for kind in move.types]
    field, factor = workspace.fields[name].label, float(np.exp(move.shift))
    zh, en = "、".join(label["zh"] for label in labels), ", ".join(label["en"] for label in labels)
    change = f"{factor - 1:+.0%}" if factor < 3 else f"×{factor:,.0f}"
    priced = name == PREMIUM and 1 / 3 < factor < 3
    cause = (
        Words(f"价格调整 {change}", f"prices changed by {change}")
        if priced
        else Words("来源改变了单位或口径", "the source changed its unit or meaning")
    )
    return Finding(
        "amount_moved", name if len(move.types) > 1 else f"{move.types[0]}.{name}",
        Words(f"{zh}的{field['zh']}整体变动 {change}", f"{en}: the {field['en']} moved by {change}"), cause,
        Words("若为调价，更新 workspace.yaml 的价格与毛利，并观察校准；若为单位错误，让来源更正",
              "where prices changed, change them in workspace.yaml and watch calibration; else have it mended"),
        tables.until - timedelta(days=1), move.certainty, {"factor": factor, "events": float(move.events)}, move.types,
    )  # fmt: skip
