"""The report of experiments as a delimited file for spreadsheets: a row per comparison, measure and segment."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator

from leads.words.bilingual import both
from monitoring.experiments.answer import ComparisonAnswer, EffectAnswer, ExperimentsReport
from monitoring.reports.csvfile import safe

_HEADINGS = (
    "实验组 arm", "基准 base", "指标 measure", "分组 segment", "行数 rows", "基准值 of the base", "实验值 of the arm",
    "差异 effect", "随时有效下限 anytime low", "随时有效上限 anytime high", "单次下限 fixed low", "单次上限 fixed high",
    "结论 verdict",
)  # fmt: skip


def written_as_csv(report: ExperimentsReport) -> str:
    """With a byte order mark, without which spreadsheets take UTF-8 for something else."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(_HEADINGS)
    for comparison in report["comparisons"]:
        writer.writerows(_rows(comparison))
    return "\ufeff" + text.getvalue()


def _rows(comparison: ComparisonAnswer) -> Iterator[list[object]]:
    segments = {told["measure"]: told["segments"] for told in comparison["segments"]}
    for one in comparison["measures"]:
        head: list[object] = [safe(comparison["arm"]), safe(comparison["base"]), both(one["label"])]
        figures = [_shown(one["base"]), _shown(one["arm"]), *_effect(one["effect"])]
        yield [*head, "", one["rows"], *figures, both(one["text"])]
        for part in segments.get(one["measure"], []):
            verdict = "与其余不同 differs from the rest" if part["differs"] else ""
            yield [*head, safe(both(part["label"])), part["rows"], "", "", *_effect(part["effect"]), verdict]


def _effect(found: EffectAnswer | None) -> list[object]:
    if found is None:
        return [""] * 5
    ends = [end for interval in (found["anytime"], found["fixed"]) for end in (interval["low"], interval["high"])]
    return [found["value"], *ends]


def _shown(value: float | None) -> object:
    return "" if value is None else value
