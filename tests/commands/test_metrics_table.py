"""The table of how well objectives predict."""

from __future__ import annotations

from io import StringIO

import numpy as np
from rich.console import Console

from commands.model import metrics_table
from training.metrics import metrics


def row(label: list[int]) -> str:
    """The table's only row, where 0.9 was said of everybody."""
    console = Console(file=StringIO(), width=400)
    console.print(metrics_table({"buys": metrics(np.array(label), np.full(len(label), 0.9))}))
    text: str = console.file.getvalue()  # type: ignore[attr-defined]
    (told,) = [line for line in text.splitlines() if "buys" in line]
    return told


def test_where_nothing_came_about_no_error_of_calibration_is_told() -> None:
    assert row([0, 0, 0]).count("–") == 6


def test_where_all_came_about_the_error_of_calibration_is_told() -> None:
    assert "0.010" in row([1, 1, 1]) and "0.100" in row([1, 1, 1])
