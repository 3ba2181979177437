"""An arm against another: each measure with its intervals and a verdict, and by segment."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np
import polars as pl

from leads.actions.learning import CONTROL
from leads.words.bilingual import Text, Words
from monitoring.experiments.answer import (
    ComparisonAnswer,
    EffectAnswer,
    MeasureAnswer,
    SegmentAnswer,
    SegmentsAnswer,
    Verdict,
)
from monitoring.experiments.measures import Measure
from monitoring.experiments.outcomes import KNOWN
from monitoring.reports.answer import Interval
from monitoring.reports.making import UNKNOWN
from monitoring.statistics.difference import Difference, Units, difference
from monitoring.statistics.sequence import ALPHA

SEGMENTS = 12
"""The largest so many are told apart."""

VERDICTS: Mapping[Verdict, Words] = {
    "better": Words("更好", "better"), "worse": Words("更差", "worse"), "different": Words("不同", "different"),
    "open": Words("尚无定论", "no difference shown yet"), "few": Words("数据太少", "too little happened"),
    "waiting": Words("窗口未满", "no window is over yet"),
}  # fmt: skip


@dataclass(frozen=True)
class Matured:
    """What came of everybody who takes part. tuned: at how many customers intervals are narrowest. settled: whose
    window is over, and whose days of grace are.
    """

    rows: pl.DataFrame
    tuned: float
    until: datetime
    over: datetime
    settled: datetime

    def of(self, measure: Measure) -> pl.DataFrame:
        """The rows of which the measure is known."""
        return self.rows.filter(pl.col("begins") <= (self.settled if measure.settles else self.over))


def matured(rows: pl.DataFrame, window: timedelta, grace: timedelta, until: datetime) -> Matured:
    """rows: as `outcomes` gives them. Intervals are narrowest at the end of a quarter of months like the first."""
    first = rows.filter(pl.col("month") == pl.col("month").min())
    tuned = 3.0 * max(len(first), 1)
    return Matured(rows, tuned, until, until - window, until - window - grace)


def compared(
    found: Matured, arm: str, base: str, measures: Sequence[Measure], by: str, labels: Mapping[str, Text]
) -> ComparisonAnswer:  # fmt: skip
    """Of the months in which both arms were there."""
    told: list[MeasureAnswer] = []
    segments: list[SegmentsAnswer] = []
    for measure in measures:
        rows = _both(found.of(measure), arm, base)
        units = units_of(rows, measure, arm)
        differs = difference(units)
        told.append(_measure(measure, len(rows), differs, found.tuned, base))
        if differs is not None:
            parts = _segments(units, rows["segment"], found.tuned, labels)
            segments.append({"measure": measure.name, "by": by, "segments": parts})
    return {"arm": arm, "base": base, "measures": told, "segments": segments}


def units_of(rows: pl.DataFrame, measure: Measure, arm: str) -> Units:
    """The rows as statistics take them."""
    numbers = rows["customer_id"].rank("dense").to_numpy().astype(np.int64) - 1 if len(rows) else np.zeros(0, np.int64)
    columns = [rows[name].cast(pl.Float64).to_numpy() for name in (measure.top, measure.below, "weight")]
    return Units(
        top=columns[0], below=columns[1], weight=columns[2], treated=(rows["arm"] == arm).to_numpy(),
        before=rows.select(KNOWN).to_numpy(), cluster=numbers,
    )  # fmt: skip


def _both(rows: pl.DataFrame, arm: str, base: str) -> pl.DataFrame:
    theirs = rows.filter(pl.col("arm").is_in([arm, base]))
    return theirs.filter(pl.col("arm").n_unique().over("month") == 2)


def _measure(measure: Measure, rows: int, found: Difference | None, tuned: float, base: str) -> MeasureAnswer:
    verdict = verdict_of(measure, found, tuned, base) if rows else "waiting"
    return {
        "measure": measure.name,
        "label": measure.label.text(),
        "kind": measure.kind,
        "means": measure.means.text(),
        "better": measure.better,
        "rows": rows if found is None else found.units,
        "base": None if found is None else found.base,
        "arm": None if found is None else found.other,
        "effect": None if found is None else effect_of(found, tuned),
        "verdict": verdict,
        "text": VERDICTS[verdict].text(),
    }


def effect_of(found: Difference, tuned: float, alpha: float = ALPHA) -> EffectAnswer:
    return {
        "value": found.effect,
        "anytime": _interval(found.anytime(tuned, alpha)),
        "fixed": _interval(found.fixed()),
        "relative": found.effect / found.base if found.base else None,
        "reduction": found.reduction,
    }


def _interval(ends: tuple[float, float]) -> Interval:
    return {"low": float(ends[0]), "high": float(ends[1])}


def verdict_of(measure: Measure, found: Difference | None, tuned: float, base: str) -> Verdict:
    """That more is done than for the control group is neither better nor worse."""
    if found is None:
        return "few"
    low, high = found.anytime(tuned)
    if low <= 0 <= high:
        return "open"
    if measure.better == "neither" or (measure.effort and base == CONTROL):
        return "different"
    return "better" if (found.effect > 0) == (measure.better == "more") else "worse"


def _segments(units: Units, values: pl.Series, tuned: float, labels: Mapping[str, Text]) -> list[SegmentAnswer]:
    """Each at the share of the error that makes all of them right together (Bonferroni)."""
    counted = values.value_counts().sort("count", values.name, descending=[True, False]).head(SEGMENTS)
    alpha = ALPHA / max(len(counted), 1)
    told: list[SegmentAnswer] = []
    for value, count in counted.iter_rows():
        inside = values.eq_missing(value).to_numpy()
        part, rest = difference(units.among(inside)), difference(units.among(~inside))
        told.append({
            "segment": value,
            "label": UNKNOWN if value is None else labels.get(value, {"zh": value, "en": value}),
            "rows": count,
            "effect": None if part is None else effect_of(part, tuned, alpha),
            "differs": part is not None and rest is not None and _differs(part, rest, tuned, alpha),
        })  # fmt: skip
    return told


def _differs(part: Difference, rest: Difference, tuned: float, alpha: float) -> bool:
    """Whether an effect is another than in the rest, which are other people."""
    both = Difference(
        0.0, 0.0, part.effect - rest.effect, part.variance + rest.variance, part.units + rest.units, 0.0
    )  # fmt: skip
    low, high = both.anytime(tuned, alpha)
    return not low <= 0 <= high
