"""The record is read in a notebook as it is elsewhere."""

from __future__ import annotations

import os
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

from tests.monitoring.told_home import END, ago, customer, event, home_told

ROOT = Path(__file__).resolve().parents[3]

CELL = """
from datetime import datetime
from features.home import Home
from monitoring.record.tables import reading
reading(Home.open({folder!r}), datetime.fromisoformat({end!r}), lambda tables: "read")
"""


@pytest.mark.study
def test_a_notebook_without_widgets_reads_the_record(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """DuckDB would show a bar of progress there, and fails where it is told not to and cannot show one."""
    home = home_told(tmp_path / "home", [customer("c1")], [event("lead.created", "c1", ago(3))])
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")]))
    cell = nbformat.v4.new_code_cell(CELL.format(folder=str(home.folder), end=END.isoformat()))
    notebook = nbformat.v4.new_notebook(cells=[cell])
    NotebookClient(notebook, timeout=120, kernel_name="python3").execute()
    assert notebook.cells[0].outputs[-1]["data"]["text/plain"] == "'read'"
