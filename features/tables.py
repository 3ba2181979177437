"""Tables of a source, as adapters read them: text first, then what each column must be, refused by its own name."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import polars as pl

from features.delimited import header_of, parse_table
from features.text_encoding import MOST_BYTES, read_text
from leads.errors import InvalidInput
from leads.history import FILE, ROW

SEPARATORS = (",", ";", "\t", "|")
"""Between the values of a table, where nobody says which."""


def read_table(
    file: Path, columns: Sequence[str], *, encoding: str | None = None, missing: Sequence[str] = (),
    most: int = MOST_BYTES,
) -> pl.DataFrame:  # fmt: skip
    """A delimited file with a header, by the columns that it must have: whichever separator gives them is its own.

    Every value is a text, null where it is empty or `missing`. FILE and ROW say where each row stands, so that what is
    left out later can be told by its place. Raises as `read_texts` does, naming a column that is not there.
    """
    text = read_text(file, encoding, most)
    separator = next((mark for mark in SEPARATORS if set(columns) <= set(header_of(text, mark))), None)
    separator = separator or max(SEPARATORS, key=lambda mark: len(header_of(text, mark)))
    table = _without(parse_table(file, text, separator), missing)
    check_columns(file, table.drop(ROW), columns)
    return table.with_columns(pl.lit(file.name).alias(FILE))


def read_texts(
    file: Path, kind: str, *, separator: str = ",", header: bool = True, missing: Sequence[str] = (),
    encoding: str | None = None, most: int = MOST_BYTES,
) -> pl.DataFrame:  # fmt: skip
    """A delimited file, plain or gzip whatever it is called, every value a text; null where it is empty or `missing`.

    kind: what the file should be, for the refusal of one that is not: "a ;-separated file with a header". encoding:
    what it is in, where it does not tell by itself. most: bytes that it may unpack to.
    Raises NotFound, or InvalidInput for what cannot be read, with the line.
    """
    try:
        return _without(parse_table(file, read_text(file, encoding, most), separator, header), missing).drop(ROW)
    except InvalidInput as error:
        raise InvalidInput("file", str(file), f"{kind}, plain or gzip; it {error.errors[0].reason}") from error


def _without(table: pl.DataFrame, missing: Sequence[str]) -> pl.DataFrame:
    return table.with_columns(pl.col(pl.String).replace(dict.fromkeys(missing, None))) if missing else table


def check_columns(file: Path, table: pl.DataFrame, columns: Sequence[str]) -> None:
    """Refuse a table without one of the columns, naming it and those there are."""
    for column in columns:
        if column not in table.columns:
            raise InvalidInput(column, None, f"a column of {file.name}, which has {', '.join(table.columns)}")


def numbers(texts: pl.Series, pattern: str | None = None) -> pl.Series:
    """The texts as numbers, or as the number in the pattern's group; null stays null."""
    written = texts if pattern is None else texts.str.extract(pattern)
    found = written.cast(pl.Float64, strict=False)
    refuse_lost(texts, found, "a number" if pattern is None else f"a text like {pattern}")
    return found


def outcomes(table: pl.DataFrame, target: str, allowed: str) -> pl.Series:
    """Whether each row's outcome is 1 or 0, null where it is empty or the table has no such column."""
    texts = table[target] if target in table.columns else pl.Series(target, [None] * len(table), pl.String)
    told = numbers(texts)
    refuse_lost(texts, told.replace_strict([0.0, 1.0], [0.0, 1.0], default=None), allowed)
    return told == 1


def refuse_lost(texts: pl.Series, values: pl.Series, allowed: str) -> None:
    """Refuse the first text that came to nothing, under the column's name."""
    lost = texts.filter(texts.is_not_null() & values.is_null())
    if len(lost):
        raise InvalidInput(texts.name, lost[0], allowed)
