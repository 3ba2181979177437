"""Reading a source's tables: what adapters share."""

from __future__ import annotations

import gzip
from pathlib import Path

import polars as pl
import pytest

from features.tables import check_columns, numbers, outcomes, read_texts
from leads.errors import InvalidInput, NotFound


def file_of(folder: Path, content: bytes) -> Path:
    path = folder / "table.csv"
    path.write_bytes(content)
    return path


def test_values_are_texts_and_empty_or_missing_ones_are_null(tmp_path: Path) -> None:
    file = file_of(tmp_path, gzip.compress(b"a;b\n1;NA\n;x\n"))
    table = read_texts(file, "a table", separator=";", missing=("NA",))
    assert table.to_dict(as_series=False) == {"a": ["1", None], "b": [None, "x"]}


def test_a_file_that_is_not_there_or_not_a_table_is_refused(tmp_path: Path) -> None:
    with pytest.raises(NotFound):
        read_texts(tmp_path / "table.csv", "a table")
    with pytest.raises(InvalidInput, match="a table with a header, plain or gzip"):
        read_texts(file_of(tmp_path, b""), "a table with a header")


def test_a_missing_column_is_named_beside_those_there_are(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match=r"premium.*table\.csv, which has age, sex"):
        check_columns(tmp_path / "table.csv", pl.DataFrame({"age": [], "sex": []}), ("age", "premium"))


def test_a_number_may_be_written_with_its_unit() -> None:
    assert numbers(pl.Series("power", ["75 kW", None]), r"^(\d+) kW$").to_list() == [75.0, None]
    with pytest.raises(InvalidInput, match="power = '75 PS'"):
        numbers(pl.Series("power", ["75 PS"]), r"^(\d+) kW$")


def test_an_outcome_is_one_or_zero_or_unknown() -> None:
    table = pl.DataFrame({"y": ["1", "0", None]})
    assert outcomes(table, "y", "1 or 0").to_list() == [True, False, None]
    assert outcomes(table, "z", "1 or 0").to_list() == [None, None, None]
    with pytest.raises(InvalidInput, match="y = '2': 1 or 0"):
        outcomes(pl.DataFrame({"y": ["1", "2"]}), "y", "1 or 0")
