"""UCI Bank Marketing as a history: every row is a customer at the moment of a call, in the file's order."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from pathlib import Path

import polars as pl

from features.tables import check_columns, numbers, read_texts
from leads.errors import InvalidInput
from leads.history import TIME, History

NUMBERS = {
    "age": "age",
    "campaign": "campaign",
    "pdays": "pdays",
    "previous": "previous",
    "emp.var.rate": "emp_var_rate",
    "cons.price.idx": "cons_price_idx",
    "cons.conf.idx": "cons_conf_idx",
    "euribor3m": "euribor3m",
    "nr.employed": "nr_employed",
}
CATEGORIES = {
    "job": "job",
    "marital": "marital",
    "education": "education",
    "default": "credit_default",
    "housing": "housing",
    "loan": "loan",
    "contact": "contact",
    "month": "month",
    "day_of_week": "day_of_week",
    "poutcome": "poutcome",
}
"""Official column → tag. `duration` is not among them: it is known only after the call."""

TARGET = "y"
NEVER = 999.0
"""In `pdays`: the customer was not called in an earlier campaign."""

MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
HORIZON = timedelta(hours=1)
ANSWER = timedelta(minutes=5)
"""After the call's beginning, the subscription; well before the objective's horizon of `HORIZON`."""

OPENS, OPEN_HOURS = 9, 12
"""Calls of a day are spread evenly over so many hours from this hour, UTC."""


def read(files: Sequence[Path]) -> History:
    """The campaign from the official `;`-separated files, plain or gzip, one following the other.

    Rows without `y` are to be scored, all of them once the campaign stands as the files tell it: their
    moments are milliseconds apart after the last call, where the record ends too, so that their labels are
    censored. Raises NotFound for a missing file, InvalidInput for a missing column or a value that is not of
    its kind.
    """
    rows = pl.concat([_table(Path(file)) for file in files]).with_row_index("row", offset=1)
    if rows.is_empty():
        raise InvalidInput("file", ", ".join(map(str, files)), "at least one row below the header")
    rows = rows.with_columns(pl.col("row").cast(pl.String).alias("customer_id"), *_calls(rows))
    rows = rows.with_columns(
        pl.when(pl.col("subscribed").is_null()).then(_moment_to_score()).otherwise("at").alias("at")
    )
    customers = rows.select(
        "customer_id", "at", *NUMBERS.values(), *CATEGORIES.values(), "calls_day_before"
    ).with_columns(pl.col("pdays").replace(NEVER, None))
    return History(customers, _events(rows), _observed_until(rows))


def _events(rows: pl.DataFrame) -> pl.DataFrame:
    return rows.filter(pl.col("subscribed").fill_null(False)).select(
        pl.concat_str(pl.lit("deposit-"), "customer_id").alias("id"),
        pl.lit("bank_marketing").alias("source"),
        pl.lit("deposit.subscribed").alias("type"),
        "customer_id",
        (pl.col("at") + ANSWER).alias("time"),
    )


def _observed_until(rows: pl.DataFrame) -> datetime:
    """When the last known outcome was settled, or the last row to be scored was there to be scored."""
    settled = pl.when(pl.col("subscribed").is_null()).then(pl.col("at")).otherwise(pl.col("at") + HORIZON)
    until: datetime = rows.select(settled.max()).item()
    return until


def _moment_to_score() -> pl.Expr:
    """After every known outcome, in the order of the rows, and so close that none settles before the last."""
    return pl.col("at").max() + HORIZON + pl.duration(milliseconds=pl.int_range(1, pl.len() + 1))


def _calls(rows: pl.DataFrame) -> tuple[pl.Series, pl.Series]:
    """When each row's call was made, and how many calls were made on the contact day before it.

    Times increase strictly. The count is null on the file's first day, of which nothing earlier is known.
    """
    changed = (pl.col("month") != pl.col("month").shift()) | (pl.col("day_of_week") != pl.col("day_of_week").shift())
    run = changed.fill_null(True).cum_sum().alias("run")
    runs = rows.select(run, "month", "day_of_week", "nr_employed").group_by("run", maintain_order=True).first()
    dates = pl.Series("date", _dates(runs), dtype=pl.Date)
    days = rows.select(run).join(runs.with_columns(dates), on="run", how="left", maintain_order="left").select("date")
    calls = days.group_by("date", maintain_order=True).len("calls")
    calls = calls.with_columns(pl.col("calls").shift().cast(pl.Float64).alias("calls_day_before"))
    days = days.join(calls, on="date", how="left", maintain_order="left")
    step = pl.int_range(pl.len()).over("date") * (OPEN_HOURS * 3_600_000_000) // pl.col("calls")
    at = pl.col("date").cast(TIME) + pl.duration(hours=OPENS) + pl.duration(microseconds=step)
    placed = days.select(at.alias("at"), "calls_day_before")
    return placed["at"], placed["calls_day_before"]


def _dates(runs: pl.DataFrame) -> list[date]:
    """The date of each run of rows with the same month and weekday: the next such weekday of that month.

    A month before the last run's begins a new year. Where a month has no such weekday left, the calls belong
    to the same day as those before.
    """
    dates: list[date] = []
    for month_name, day_name, employed in runs.select("month", "day_of_week", "nr_employed").iter_rows():
        month, weekday = MONTHS.index(month_name) + 1, DAYS.index(day_name)
        if not dates:
            dates.append(_on_weekday(date(_year(employed), month, 1), weekday))
            continue
        last = dates[-1]
        if month == last.month:
            following = _on_weekday(last + timedelta(days=1), weekday)
            dates.append(following if following.month == month else last)
        else:
            year = last.year + (month < last.month)
            dates.append(_on_weekday(date(year, month, 1), weekday))
    return dates


def _on_weekday(day: date, weekday: int) -> date:
    """The first such weekday on or after the day."""
    return day + timedelta(days=(weekday - day.weekday()) % 7)


def _year(employed: float | None) -> int:
    """The year in which a file begins, by the quarter's employment (thousands), which fell throughout."""
    if employed is None or employed > 5150:
        return 2008
    return 2009 if employed > 5015 else 2010


def _table(file: Path) -> pl.DataFrame:
    """One file with tags under their names, and `subscribed`: whether it said yes, null where unknown."""
    table = read_texts(file, "a ;-separated file with a header", separator=";")
    check_columns(file, table, (*NUMBERS, *CATEGORIES))
    columns = [numbers(table[name]).alias(tag) for name, tag in NUMBERS.items()]
    columns += [table[name].alias(tag) for name, tag in CATEGORIES.items()]
    for name, allowed in (("month", MONTHS), ("day_of_week", DAYS)):
        _refuse_others(table[name], allowed, empty=False)
    if TARGET in table.columns:
        _refuse_others(table[TARGET], ("yes", "no"), empty=True)
        columns.append((table[TARGET] == "yes").alias("subscribed"))
    else:
        columns.append(pl.Series("subscribed", [None] * len(table), pl.Boolean))
    return pl.DataFrame(columns)


def _refuse_others(texts: pl.Series, allowed: Sequence[str], *, empty: bool) -> None:
    others = texts.filter(~texts.is_in(allowed).fill_null(empty))
    if len(others):
        raise InvalidInput(texts.name, others[0], f"one of {', '.join(allowed)}")
