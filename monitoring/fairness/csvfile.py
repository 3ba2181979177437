"""The report of fairness as a delimited file: a row per tag, group and measure."""

from __future__ import annotations

import csv
import io

from leads.words.bilingual import both
from monitoring.fairness.answer import FairnessReport
from monitoring.reports.answer import Interval
from monitoring.reports.csvfile import safe

_HEADINGS = (
    "标签 tag", "组 group", "指标 measure", "人数 of", "比例 rate", "2.5%", "97.5%", "比率 ratio", "比率下限 low",
    "比率上限 high", "界限 bound", "结论 finding",
)  # fmt: skip


def written_as_csv(report: FairnessReport) -> str:
    """With a byte order mark, without which spreadsheets take UTF-8 for something else."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(_HEADINGS)
    labels = {one["name"]: both(one["label"]) for one in report["measures"]}
    for tag in report["tags"]:
        for group in tag["groups"]:
            for one in group["rates"]:
                writer.writerow([
                    safe(both(tag["label"])), safe(both(group["label"])), labels[one["measure"]], one["of"],
                    _told(one["rate"]), *_ends(one["interval"]), _told(one["ratio"]), *_ends(one["ratio_interval"]),
                    tag["bound"], one["finding"],
                ])  # fmt: skip
    return "\ufeff" + text.getvalue()


def _told(value: float | None) -> object:
    return "" if value is None else value


def _ends(interval: Interval | None) -> list[object]:
    return ["", ""] if interval is None else [interval["low"], interval["high"]]
