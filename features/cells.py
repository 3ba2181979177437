"""Columns of a source as what the workspace declares: each value is read, or the reason why it cannot be is told."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import polars as pl

from features.times import read_times
from leads.configuration.files import Files
from leads.configuration.range import Range
from leads.errors import InvalidInput
from leads.history import FILE, TIME

YES = ("true", "t", "yes", "y", "1", "1.0", "是", "真", "有")
NO = ("false", "f", "no", "n", "0", "0.0", "否", "假", "无", "没有")
"""How booleans are written, in whatever letters."""

_BOOLEANS: Mapping[str, bool] = dict.fromkeys(YES, True) | dict.fromkeys(NO, False)


@dataclass(frozen=True)
class Column:
    """values: of the declared type, null where there is none. reasons: why a value gave none, null where it did or
    where nothing stood. notes: what was decided for the column.
    """

    values: pl.Series
    reasons: pl.Series
    notes: tuple[str, ...] = ()

    def also(self, wrong: pl.Expr, reason: str) -> Column:
        """With one more rule: values for which it is wrong are not taken. `pl.col("value")` is the column."""
        frame = pl.DataFrame({"value": self.values, "reason": self.reasons})
        broken = wrong.fill_null(False) & pl.col("value").is_not_null()
        frame = frame.with_columns(
            pl.when(broken).then(pl.lit(None)).otherwise(pl.col("value")).alias("value"),
            pl.when(broken).then(pl.lit(reason)).otherwise(pl.col("reason")).alias("reason"),
        )
        return Column(frame["value"].alias(self.values.name), frame["reason"], self.notes)


def read_column(table: str, frame: pl.DataFrame, name: str, dtype: pl.DataType, files: Files) -> Column:
    """A column of the frame as the type. Texts are read by what they say, blanks around them do not count.

    Raises InvalidInput naming a column that cannot become that type at all, or times that tell no order or zone.
    """
    given = frame[name]
    if given.dtype in (pl.Categorical, pl.Enum):
        given = given.cast(pl.String)
    if given.dtype == pl.Null:
        return _whole(pl.Series(name, [None] * len(given), dtype=dtype))
    if given.dtype == pl.String:
        return _from_texts(table, frame, given.str.strip_chars().replace("", None), dtype, files)
    return _from_typed(table, given, dtype, files)


def _whole(values: pl.Series) -> Column:
    return Column(values, pl.Series("reason", [None] * len(values), dtype=pl.String))


def _from_texts(table: str, frame: pl.DataFrame, texts: pl.Series, dtype: pl.DataType, files: Files) -> Column:
    if dtype == pl.String():
        return _whole(texts)
    if dtype == TIME:
        return _times(table, frame, texts, files)
    plain = texts.str.normalize("NFKC").str.to_lowercase()
    if dtype == pl.Boolean():
        return _read(texts, plain.replace_strict(_BOOLEANS, default=None, return_dtype=pl.Boolean), "true or false")
    numbers = plain.cast(pl.Float64, strict=False)
    return _finite(_read(texts, numbers, "a number, such as 1234.5"))


def _read(given: pl.Series, values: pl.Series, allowed: str) -> Column:
    lost = pl.select(pl.when(given.is_not_null() & values.is_null()).then(pl.lit(allowed)).alias("reason"))
    return Column(values.alias(given.name), lost.to_series().cast(pl.String))


def _finite(column: Column) -> Column:
    return column.also(~pl.col("value").is_finite(), "a finite number")


def _times(table: str, frame: pl.DataFrame, texts: pl.Series, files: Files) -> Column:
    """File by file: each may write times in its own way."""
    if frame[FILE].n_unique() < 2:
        return _file_times(table, texts, files, frame[FILE].to_list()[0] if len(frame) else None)
    rows = pl.DataFrame({"text": texts, FILE: frame[FILE]}).with_row_index("row")
    parts = rows.partition_by(FILE, maintain_order=True)
    found = [_file_times(table, part["text"].alias(texts.name), files, part[FILE][0]) for part in parts]
    order = pl.concat([part["row"] for part in parts]).arg_sort()
    values = pl.concat([column.values for column in found])[order]
    reasons = pl.concat([column.reasons for column in found])[order]
    return Column(values, reasons, tuple(note for column in found for note in column.notes))


def _file_times(table: str, texts: pl.Series, files: Files, file: str | None) -> Column:
    try:
        found = read_times(texts.name, texts, files)
    except InvalidInput as error:
        place = f"{file}: {texts.name}" if file else f"{table}.{texts.name}"
        raise InvalidInput(place, error.errors[0].value, error.errors[0].reason) from error
    notes = tuple(f"{file}: {note}" if file else f"{table}: {note}" for note in found.notes)
    return Column(found.values, found.reasons, notes)


def _from_typed(table: str, given: pl.Series, dtype: pl.DataType, files: Files) -> Column:
    """What an adapter has typed already; NaN is missing."""
    where, found = f"{table}.{given.name}", str(given.dtype)
    if dtype == TIME:
        if given.dtype == pl.Date:
            local = given.cast(pl.Datetime("us")).dt.replace_time_zone(files.timezone, non_existent="null")
            return _whole(local.cast(TIME))
        if isinstance(given.dtype, pl.Datetime) and given.dtype.time_zone is None:
            raise InvalidInput(where, found, "times with a zone, or the texts of the file, which are read in its zone")
        if not isinstance(given.dtype, pl.Datetime):
            raise InvalidInput(where, found, "times, or texts that tell them")
    if dtype == pl.Float64() and not (given.dtype.is_numeric() or given.dtype == pl.Boolean):
        raise InvalidInput(where, found, "numbers, or texts that tell them")
    if dtype == pl.Boolean() and given.dtype.is_numeric():
        return _read(given, given.replace_strict({0: False, 1: True}, default=None, return_dtype=pl.Boolean), "0 or 1")
    if dtype == pl.Boolean() and given.dtype != pl.Boolean:
        raise InvalidInput(where, found, "booleans, or texts that tell them")
    if dtype == pl.String() and not given.dtype.is_integer():
        raise InvalidInput(where, found, "texts, or whole numbers")
    values = given.cast(dtype)
    return _finite(_whole(values.fill_nan(None))) if dtype == pl.Float64() else _whole(values)


def between(column: Column, numbers: Range) -> Column:
    """Only numbers of the range."""
    least = pl.lit(False) if numbers.least is None else pl.col("value") < numbers.least
    most = pl.lit(False) if numbers.most is None else pl.col("value") > numbers.most
    return column.also(least | most, numbers.allowed)


def among(column: Column, values: Sequence[str]) -> Column:
    """Only declared values."""
    return column.also(~pl.col("value").is_in(list(values)), f"one of {', '.join(values)}")
