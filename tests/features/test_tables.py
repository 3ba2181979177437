"""Reading a source's tables: what adapters share."""

from __future__ import annotations

import gzip
from pathlib import Path

import polars as pl
import pytest

from features.tables import check_columns, numbers, outcomes, read_table, read_texts
from leads.errors import InvalidInput, NotFound
from leads.history import FILE, ROW


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


@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
def test_the_separator_is_the_one_that_gives_the_columns_asked_for(tmp_path: Path, separator: str) -> None:
    file = file_of(tmp_path, f"id{separator} name {separator}note\n1{separator}a{separator}x\n".encode())
    table = read_table(file, ("id", "name"))
    assert table.drop(FILE, ROW).to_dicts() == [{"id": "1", "name": "a", "note": "x"}]


def test_every_row_knows_its_file_and_line(tmp_path: Path) -> None:
    table = read_table(file_of(tmp_path, b'id,note\n1,"two\nlines"\n\n2,x\n'), ("id",))
    assert table.select(FILE, ROW).rows() == [("table.csv", 2), ("table.csv", 5)]


def test_a_column_that_no_separator_gives_is_named_beside_those_there_are(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match=r"phone.*table\.csv, which has id, name"):
        read_table(file_of(tmp_path, b"id;name\n1;a\n"), ("id", "phone"))


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"a,b\n1,2\n1,2,3\n", "has 3 values in line 3, and 2 columns"),
        (b"a,b\n1,2\n1\n", "has 1 values in line 3, and 2 columns"),
        (b'a,b\n1,"2"\n1,"2,3"x"\n', "quote in line 3"),
        (b'a,b\n1,2\n1,"2\n3,4\n', "quote in line 3 that is not closed"),
        (b"a,b,a\n1,2,3\n", "has the column a twice"),
        (b"*\n1\n", "has a column named \\*, which stands for others"),
        (b"a,^b.*$\n1,2\n", "which stands for others"),
        (b"a,,b\n1,2,3\n", "has values in column 2, which has no name"),
        (b" \n\n", "has nothing in it"),
    ],
)
def test_a_torn_table_is_refused_with_its_line(tmp_path: Path, content: bytes, said: str) -> None:
    with pytest.raises(InvalidInput, match=said):
        read_texts(file_of(tmp_path, content), "a table")


@pytest.mark.parametrize(
    "content",
    [
        b"a,b\r\n1,x\r\n2,y\r\n", b"a,b\r1,x\r2,y\r", b"a,b\n1,x\n2,y", b"a,b,\n1,x,\n2,y,\n", b"\n\na,b\n1,x\n\n2,y\n",
        b" a , b\n1,x,,\n2,y\n", b'"a","b"\n1,"x"\n"2",y\n', b'a,b\r\n"1",x\r\n2,y\r\n',
        b"a,b\n1,x\n,\n2,y\n , \n", b'a,b\n"1",x\n,\n2,y\n,\n',
        b"a,b\n1,x\n\x0b,\x0c\n2,y\n", "a,b\n1,x\n\u00a0,\u3000\n2,y\n".encode(),
    ],
)  # fmt: skip
def test_line_ends_blank_lines_and_empty_ends_of_rows_make_no_difference(tmp_path: Path, content: bytes) -> None:
    table = read_texts(file_of(tmp_path, content), "a table")
    assert table.to_dicts() == [{"a": "1", "b": "x"}, {"a": "2", "b": "y"}]


def test_a_quote_inside_a_value_stays_and_a_quoted_value_keeps_its_line_ends(tmp_path: Path) -> None:
    table = read_texts(file_of(tmp_path, b'a,b\n5" screen,"one\ntwo, ""three"""\n'), "a table")
    assert table.rows() == [('5" screen', 'one\ntwo, "three"')]
