"""What an import tells: what came in, what did not, why and where."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from rich.table import Table

from features.checking import Checked
from terminal.output import console
from terminal.tables import print_table


def show_left_out(checked: Checked, file: Path | None) -> None:
    """What was decided on the way, and what was not taken."""
    for note in checked.notes:
        console.print(f"Note: {note}.")
    if len(checked.refused):
        print_table(left_out_table(checked))
        console.print(summary(checked, file))


def left_out_table(checked: Checked) -> Table:
    """A column and reason a row, most frequent first, with the first place of each."""
    table = Table("left out", "count", "why, or what is allowed", "first")
    for row in checked.refused.counts().to_dicts():
        what = f"{row['table']}.{row['column']}" + (" (whole row)" if row["left_out"] == "row" else "")
        place = f"{row['file'] or ''} {'' if row['row'] is None else 'row ' + str(row['row'])}".strip()
        table.add_row(what, f"{row['count']:,}", row["reason"], place or "–")
    return table


def summary(checked: Checked, file: Path | None) -> str:
    """What was left out, in a sentence; empty where nothing was."""
    if not len(checked.refused):
        return ""
    rows = [
        f"{count:,} of {checked.given[table]:,} rows of {table}" for table, count in checked.left_out.items() if count
    ]
    values = int((checked.refused.rows["left_out"] == "value").sum())
    parts = [*rows, *([f"{values:,} single values"] if values else [])]
    where = f" Each is in {file}, for the owner's eyes alone." if file else ""
    return f"Left out: {', '.join(parts)}.{where}"


def document(checked: Checked, file: Path | None) -> dict[str, Any]:
    """The same as a result for programs."""
    reasons: Sequence[dict[str, Any]] = checked.refused.counts().to_dicts()
    return {
        "given": checked.given,
        "left_out": checked.left_out,
        "values_left_out": int((checked.refused.rows["left_out"] == "value").sum()),
        "reasons": reasons,
        "file": file,
        "notes": list(checked.notes),
    }
