"""An adapter's mistakes are told in the words of whoever wrote it."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from features.adapters import read_files
from features.checking import Checked
from features.configuration import load
from leads.errors import AdapterFailed, InvalidInput, NextleadError, NotFound
from tests.features.conftest import DOCUMENT, write_workspace

NOW = datetime(2026, 11, 28, tzinfo=UTC)
READS = """
import polars as pl
from features.tables import read_table
from leads.history import History

EVENTS = {"id": pl.String, "source": pl.String, "type": pl.String, "customer_id": pl.String, "time": pl.String}

def read(files):
    for file in files:
        table = read_table(file, ("id", "since"))
        customers = table.rename({"id": "customer_id", "since": "at"})
    return History(customers, pl.DataFrame(schema=EVENTS))
"""


def run(folder: Path, adapter: str | None, *contents: str) -> Checked:
    write_workspace(folder, DOCUMENT)
    if adapter is not None:
        (folder / "adapter.py").write_text(adapter, encoding="utf-8")
    files = [folder / f"leads-{number}.csv" for number in range(len(contents))]
    for file, content in zip(files, contents, strict=True):
        file.write_text(content, encoding="utf-8")
    return read_files(load(folder), files, NOW)


def test_an_own_adapter_gives_texts_and_they_are_read(tmp_path: Path) -> None:
    found = run(tmp_path, READS, "id;since;age\nA1;2026-11-20 10:00;35\n")
    (row,) = found.history.customers.to_dicts()
    assert (row["customer_id"], row["age"]) == ("A1", 35.0)
    assert row["at"] == datetime(2026, 11, 20, 2, tzinfo=UTC)


@pytest.mark.parametrize(
    ("adapter", "said"),
    [
        ("def read(files):\n    return {}['phone']\n", r"adapter\.py, line 2: KeyError: 'phone'; reading leads-0\.csv"),
        ("import nowhere\n", r"adapter\.py, line 1: ModuleNotFoundError: No module named 'nowhere'"),
        ("def read(files)\n    pass\n", r"adapter\.py, line 1: SyntaxError: expected ':'"),
        ("def load(files):\n    pass\n", r"has no function read\(files\) -> History"),
        ("def read(files):\n    return []\n", r"read gives a list in place of a leads\.history\.History"),
        ("def read(files):\n    raise ValueError\n", r"line 2: ValueError: \(nothing said\)"),
        ("def read():\n    pass\n", r"TypeError: read\(\) takes 0 positional arguments"),
        (READS.replace('"at"})', '"at"}).select("nothing")'), r'line 11: ColumnNotFoundError: .*nothing'),
    ],
)  # fmt: skip
def test_what_fails_in_an_adapter_is_told_with_its_line_and_the_file(tmp_path: Path, adapter: str, said: str) -> None:
    with pytest.raises(AdapterFailed, match=said):
        run(tmp_path, adapter, "id,since\n1,2026-11-20\n")


def test_the_file_that_was_being_read_is_the_one_that_is_named(tmp_path: Path) -> None:
    helper = "def first(file):\n    file.read_text().index('x')\n"
    adapter = f"def read(files):\n    for file in files:\n        first(file)\n\n{helper}"
    with pytest.raises(AdapterFailed, match=r"line 6: ValueError: .*; reading leads-1\.csv$"):
        run(tmp_path, adapter, "x", "y", "x")


def test_what_an_adapter_refuses_itself_stays_its_own_word(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match=r"since.*leads-0\.csv, which has id"):
        run(tmp_path, READS, "id\n1\n")


def test_a_workspace_without_adapter_says_what_it_needs(tmp_path: Path) -> None:
    with pytest.raises(NotFound, match=r"read\(files\) -> History"):
        run(tmp_path, None, "id\n1\n")


def test_frames_that_are_none_are_named(tmp_path: Path) -> None:
    adapter = READS.replace("History(customers,", "History(customers.to_dicts(),")
    with pytest.raises(NextleadError, match="customers = 'list': a Polars DataFrame"):
        run(tmp_path, adapter, "id,since\n1,2026-11-20\n")
