"""Bank Marketing: real dates out of the order of the rows, and nothing that is known only after the call."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import polars as pl
import pytest

from features.configuration import load
from leads.errors import InvalidInput
from tests.workspaces.official import BANK, Table, bank_row


def table(*calls: tuple[str, str], employed: str = "5191.0") -> Table:
    rows = tuple(bank_row(month, day, "no", employed=employed) for month, day in calls)
    return replace(BANK, rows=rows)


def dates(of: Table, folder: Path) -> list[date]:
    return of.history(folder).customers.sort("at")["at"].dt.date().to_list()


def test_the_duration_of_the_call_never_appears(tmp_path: Path) -> None:
    configuration, found = load("bank_marketing"), BANK.history(tmp_path)
    names = {*found.customers.columns, *found.events.columns, *configuration.layout.schema}
    assert not [name for name in names if "duration" in name]
    longer = BANK.with_value(0, "duration", "99999").history(tmp_path)
    assert longer.customers.equals(found.customers)


def test_times_increase_strictly_in_the_order_of_the_rows(tmp_path: Path) -> None:
    at = BANK.history(tmp_path).customers.sort(pl.col("customer_id").cast(int))["at"]
    assert (at.diff().drop_nulls() > timedelta(0)).all()


def test_rows_to_be_scored_keep_their_order_too(tmp_path: Path) -> None:
    at = BANK.without("y").history(tmp_path).customers.sort(pl.col("customer_id").cast(int))["at"]
    assert (at.diff().drop_nulls() > timedelta(0)).all()


def test_the_first_monday_called_is_the_first_of_may_2008(tmp_path: Path) -> None:
    assert dates(table(("may", "mon")), tmp_path) == [date(2008, 5, 5)]


def test_an_earlier_month_begins_the_next_year(tmp_path: Path) -> None:
    assert dates(table(("may", "mon"), ("dec", "fri"), ("mar", "mon")), tmp_path) == [
        date(2008, 5, 5), date(2008, 12, 5), date(2009, 3, 2),
    ]  # fmt: skip


def test_a_weekday_that_comes_again_is_the_next_week(tmp_path: Path) -> None:
    days = dates(table(("may", "thu"), ("may", "mon"), ("may", "thu")), tmp_path)
    assert days == [date(2008, 5, 1), date(2008, 5, 5), date(2008, 5, 8)]


def test_more_weeks_than_a_month_has_stay_within_the_month(tmp_path: Path) -> None:
    days = dates(table(*[("may", "mon"), ("may", "tue")] * 8), tmp_path)
    assert {day.month for day in days} == {5}
    assert days == sorted(days)


@pytest.mark.parametrize(("employed", "year"), [("5228.1", 2008), ("5099.1", 2009), ("5008.7", 2010)])
def test_a_file_that_begins_later_is_placed_by_the_quarters_employment(
    employed: str, year: int, tmp_path: Path
) -> None:
    assert dates(table(("jun", "mon"), employed=employed), tmp_path)[0].year == year


def test_the_calls_of_the_day_before_are_counted_and_unknown_on_the_first_day(tmp_path: Path) -> None:
    counts = BANK.history(tmp_path).customers.sort("at")["calls_day_before"].to_list()
    assert counts == [None, None, None, 3.0, 1.0, 1.0]


def test_never_called_before_is_missing_and_not_999_days(tmp_path: Path) -> None:
    pdays = BANK.history(tmp_path).customers.sort("at")["pdays"]
    assert pdays.to_list() == [None, None, None, 6.0, None, None]


@pytest.mark.parametrize(("column", "value"), [("month", "mai"), ("day_of_week", ""), ("age", "old")])
def test_a_value_of_another_kind_is_refused_by_name(column: str, value: str, tmp_path: Path) -> None:
    with pytest.raises(InvalidInput) as caught:
        BANK.with_value(1, column, value).history(tmp_path)
    assert caught.value.errors[0].field == column
