"""Tables of a source, as adapters read them: text first, then what each column must be, refused by its own name."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import polars as pl

from leads.errors import InvalidInput, NotFound


def read_texts(
    file: Path, kind: str, *, separator: str = ",", header: bool = True, missing: Sequence[str] = ()
) -> pl.DataFrame:
    """A delimited file, plain or gzip whatever it is called, every value a text; null where it is empty or `missing`.

    kind: what the file should be, for the refusal of one that is not: "a ;-separated file with a header".
    Raises NotFound, or InvalidInput for what cannot be read.
    """
    if not file.is_file():
        raise NotFound("file", str(file))
    try:
        return pl.read_csv(
            file, separator=separator, has_header=header, infer_schema=False, null_values=list(missing) or None
        )
    except (OSError, pl.exceptions.PolarsError) as error:
        reason = f"{kind}, plain or gzip ({str(error).splitlines()[0]})"
        raise InvalidInput("file", str(file), reason) from error


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
