"""What the command line prints, and where: results on standard output, all else on standard error; nothing is cut."""

from __future__ import annotations

from io import StringIO

import pytest
from rich.console import Console
from rich.table import Table

from terminal.output import console, heading, notes, say
from terminal.progress import Lines
from terminal.tables import print_table, readable


def wide() -> Table:
    """A table whose words need more than 80 columns."""
    table = Table("objective", "触达 contact", "average precision", *(f"heading_of_column_{i}" for i in range(4)))
    table.add_row("conversion", "any", "0.123", *(f"value_of_column_{i}" for i in range(4)))
    return table


def on_terminal(table: Table, width: int) -> str:
    screen = Console(file=StringIO(), force_terminal=True, width=width, color_system=None, _environ={})
    screen.print(readable(table, screen))
    return screen.file.getvalue()  # type: ignore[attr-defined, no-any-return]


@pytest.mark.parametrize("width", [30, 80, 100])
def test_a_table_that_a_terminal_is_too_narrow_for_is_told_line_by_line(width: int) -> None:
    text = on_terminal(wide(), width)
    for word in ("objective: conversion", "触达 contact: any", "heading_of_column_3: ", "value_of_column_3"):
        assert word in text
    assert "…" not in text


def test_a_table_that_fits_is_a_table() -> None:
    assert "│ conversion │ any" in on_terminal(wide(), 200)


@pytest.mark.parametrize("width", [30, 200])
def test_a_table_without_rows_says_that_there_is_nothing(width: int, capsys: pytest.CaptureFixture[str]) -> None:
    empty = Table("objective", "average precision of what there is", title="models")
    print_table(empty)
    for text in (on_terminal(empty, width), capsys.readouterr().out):
        assert "models" in text and "objective" in text and "无 · nothing" in text


def test_results_that_are_piped_are_a_line_a_row_however_long(capsys: pytest.CaptureFixture[str]) -> None:
    table = Table("策略\npolicy", "why", title="what came of it")
    table.add_row("nba", "因为 because " * 40 + "\nand [no markup] :100:")
    print_table(table)
    title, headings, row = capsys.readouterr().out.splitlines()
    assert title == "what came of it"
    assert headings.split("   ")[0] == "策略 · policy"
    assert row.startswith("nba ")
    assert row.rstrip().endswith("because · and [no markup] :100:")
    assert row.count("because") == 40


def test_results_go_to_standard_output_and_progress_to_standard_error(capsys: pytest.CaptureFixture[str]) -> None:
    print_table(wide())
    heading("part")
    console.print("a result")
    say("a note")
    notes.print("another")
    found = capsys.readouterr()
    assert "a result" in found.out
    assert "== part" in found.out
    assert "note" not in found.out
    assert found.err == "a note\nanother\n"


def test_a_step_is_told_when_it_begins_and_every_few_seconds_while_it_goes_on() -> None:
    lines = Lines("train")
    lines.begin(0.0)
    told = []
    for second in range(1, 21):
        lines.report("reading" if second < 3 else "fit", None if second < 3 else second / 20)
        told.append(lines.due(float(second)))
    assert [line for line in told if line] == [
        "train: reading · 1 s", "train: fit 15% · 3 s", "train: fit 40% · 8 s", "train: fit 65% · 13 s",
        "train: fit 90% · 18 s",
    ]  # fmt: skip
