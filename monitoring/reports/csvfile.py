"""A report as a delimited file for spreadsheets."""

from __future__ import annotations

import csv
import io
from typing import Any

from leads.words.bilingual import both
from monitoring.reports.answer import BusinessReport, ReportRow

_FORMULAS = ("=", "+", "-", "@", "\t", "\r")


def written_as_csv(report: BusinessReport) -> str:
    """Rows and total as CSV, headings and labels in both languages, shares with the ends of their intervals.

    It begins with a byte order mark, without which spreadsheets take UTF-8 for something else.
    """
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    shares = {column["name"] for column in report["columns"] if column["kind"] == "share"}
    headings = [report["by"], "名称 label"]
    for column in report["columns"]:
        headings.append(both(column["label"]))
        if column["name"] in shares:
            headings += [f"{both(column['label'])} 2.5%", f"{both(column['label'])} 97.5%"]
    writer.writerow(headings)
    for row in [*report["rows"], report["total"]]:
        writer.writerow(_cells(report, row, shares))
    return "\ufeff" + text.getvalue()


def _cells(report: BusinessReport, row: ReportRow, shares: set[str]) -> list[object]:
    cells: list[object] = [safe(row["key"] or ""), safe(both(row["label"]))]
    for column in report["columns"]:
        name = column["name"]
        cells.append("" if row["figures"][name] is None else row["figures"][name])
        if name in shares:
            interval = row["intervals"].get(name)
            cells += ["", ""] if interval is None else [interval["low"], interval["high"]]
    return cells


def safe(value: Any) -> Any:
    """A text that no spreadsheet takes for a formula; anything else as it is."""
    return f"'{value}" if isinstance(value, str) and value[:1] in _FORMULAS else value
