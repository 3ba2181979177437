"""Delimited text as a table: every row has as many values as there are columns, or its line is told."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path

import polars as pl

from leads.errors import InvalidInput
from leads.history import ROW

_PART = 50_000
"""Rows that are parsed at a time where values are quoted: bounds memory."""

_PATTERN = re.compile(r"\*|\^.*\$", re.DOTALL)
"""Names that whoever reads a table takes for a pattern of names (Polars, `col`)."""

_UNNAMED = "\0"
"""How the name of a column without one begins; no text has it."""


def header_of(text: str, separator: str) -> list[str]:
    """The names in the first line, if that is what separates them."""
    return [name.strip() for name in _first(_unified(text), separator)]


def parse_table(file: Path, text: str, separator: str, header: bool = True) -> pl.DataFrame:
    """The table, every value a text and null where it is empty, with the line in ROW at which each row begins.

    Without header the columns are `column_1` and so on. Blank lines are passed over, also those of
    separators alone that spreadsheets add, and so is a column without a name
    in which nothing stands. Raises InvalidInput for a row with too few or too many values, a quote that is not closed,
    a name that stands twice or for others (`*`, `^…$`), or nothing at all.
    """
    body = _unified(text)
    start = 1 + len(body) - len(body.lstrip("\n"))
    body = body.strip("\n")
    if not body.strip():
        raise InvalidInput("file", str(file), "has nothing in it")
    names = _names(file, _first(body, separator), header)
    if header:
        skipped, body = _after_header(body, separator)
        start += skipped
    parse = _quoted if '"' in body else _plain
    table = parse(file, body, separator, names, start)
    return _named(file, table.with_columns(pl.col(names).replace("", None)))


def _unified(text: str) -> str:
    """With one kind of line end; where values are quoted they are left to the reader, who knows what is inside."""
    return text if '"' in text else text.replace("\r\n", "\n").replace("\r", "\n")


def _first(text: str, separator: str) -> list[str]:
    return next(csv.reader(io.StringIO(text.lstrip("\r\n"), newline=""), delimiter=separator), [])


def _names(file: Path, first: Sequence[str], header: bool) -> list[str]:
    if not header:
        return [f"column_{number}" for number in range(1, len(first) + 1)]
    names = [name.strip() or f"{_UNNAMED}{number}" for number, name in enumerate(first, 1)]
    for name in names:
        if names.count(name) > 1 or name == ROW:
            raise InvalidInput("file", str(file), f"has the column {name} twice")
        if _PATTERN.fullmatch(name):
            raise InvalidInput("file", str(file), f"has a column named {name}, which stands for others: name it anew")
    return names


def _after_header(body: str, separator: str) -> tuple[int, str]:
    """How many lines the header takes, and the text that follows it."""
    stream = io.StringIO(body, newline="")
    reader = csv.reader(stream, delimiter=separator)
    next(reader)
    return reader.line_num, stream.read()


def _plain(file: Path, body: str, separator: str, names: Sequence[str], start: int) -> pl.DataFrame:
    """Rows in which nothing is quoted: a line each."""
    rows: Sequence[int] | pl.Series = []
    if len(names) > 1 and all(
        line.count(separator) == len(names) - 1 and _says(line, separator) for line in io.StringIO(body)
    ):
        rows = pl.int_range(start, start + body.count("\n") + 1, eager=True)
    else:
        lines = [(number, line) for number, line in enumerate(body.split("\n"), start) if _says(line, separator)]
        rows = [number for number, _ in lines]
        body = "\n".join(_fitting(file, line.split(separator), number, separator, names) for number, line in lines)
    schema = dict.fromkeys(names, pl.String())
    if not body:
        return pl.DataFrame(schema=schema | {ROW: pl.Int64()})
    table = pl.read_csv(
        io.BytesIO(body.encode()), separator=separator, has_header=False, schema=schema, quote_char=None
    )
    return table.with_columns(pl.Series(ROW, rows, dtype=pl.Int64))


def _says(line: str, separator: str) -> bool:
    """Whether anything but space stands between the separators, of whatever kind the space is."""
    return bool(line.replace(separator, "").strip())


def _fitting(file: Path, values: Sequence[str], number: int, separator: str, names: Sequence[str]) -> str:
    return separator.join(_cut(file, values, number, len(names)))


def _cut(file: Path, values: Sequence[str], number: int, width: int) -> Sequence[str]:
    """As many values as there are columns: empty ones too many are dropped."""
    if len(values) < width or any(value.strip() for value in values[width:]):
        reason = f"has {len(values)} values in line {number}, and {width} columns"
        raise InvalidInput("file", str(file), reason)
    return values[:width]


def _quoted(file: Path, body: str, separator: str, names: Sequence[str], start: int) -> pl.DataFrame:
    """Rows in which values may be quoted, and so run over several lines."""
    schema = dict.fromkeys(names, pl.String()) | {ROW: pl.Int64()}
    rows = _rows(file, body, separator, len(names), start)
    parts = [pl.DataFrame(schema=schema)]
    while part := list(islice(rows, _PART)):
        parts.append(pl.DataFrame(part, schema=schema, orient="row"))
    return pl.concat(parts)


def _rows(file: Path, body: str, separator: str, width: int, start: int) -> Iterator[tuple[str | int, ...]]:
    reader = csv.reader(io.StringIO(body, newline=""), delimiter=separator, strict=True)
    while True:
        number = reader.line_num + start
        try:
            row = next(reader, None)
        except csv.Error as error:
            reason = f"has a quote in line {number} that is not closed, or has text after it ({error})"
            raise InvalidInput("file", str(file), reason) from error
        if row is None:
            return
        if any(value.strip() for value in row):
            yield (*_cut(file, row, number, width), number)


def _named(file: Path, table: pl.DataFrame) -> pl.DataFrame:
    unnamed = [name for name in table.columns if name.startswith(_UNNAMED)]
    for name in unnamed:
        if table[name].null_count() < len(table):
            raise InvalidInput("file", str(file), f"has values in column {name[1:]}, which has no name")
    return table.drop(unnamed)
