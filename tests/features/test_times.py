"""A time is read where it can mean one thing only."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from features.times import NO_SUCH, TWO_DIGITS, UNLIKE, read_times
from leads.configuration.files import Files, parse_files
from leads.configuration.section import Section
from leads.errors import InvalidInput, InvalidWorkspace

SHANGHAI = Files("Asia/Shanghai")
TEN = datetime(2026, 11, 20, 2, tzinfo=UTC)
"""Ten in the morning in Shanghai."""


def times(*texts: str | None, files: Files = SHANGHAI) -> list[datetime | None]:
    return read_times("time", pl.Series(texts, dtype=pl.String), files).values.to_list()


@pytest.mark.parametrize(
    "text",
    [
        "2026-11-20 10:00:00", "2026-11-20T10:00", "2026/11/20 10:00", "2026.11.20 10:00:00.000",
        "2026年11月20日 10时00分", "2026年11月20日 上午10点", "２０２６-11-20 10:00", "2026-11-20T02:00:00Z",
        "2026-11-20 10:00:00+08:00", "2026-11-20T10:00:00,000+0800", "20261120100000", "20261120T020000Z",
        "20 Nov 2026 10:00", "Nov 20, 2026 10:00 AM", "Fri, 20 Nov 2026 10:00:00 +0800", "1795140000",
        "1795140000000", "20/11/2026 10:00", "11/20/2026 10:00 am",
    ],
)  # fmt: skip
def test_a_time_is_of_its_own_zone_or_of_that_of_the_files(text: str) -> None:
    assert times(text) == [TEN]


def test_noon_and_midnight_of_a_clock_of_twelve_hours_are_told_apart() -> None:
    assert times("2026-11-20 12:00 am", "2026-11-20 12:00 pm", "2026年11月20日 下午6时30分") == [
        datetime(2026, 11, 19, 16, tzinfo=UTC), datetime(2026, 11, 20, 4, tzinfo=UTC),
        datetime(2026, 11, 20, 10, 30, tzinfo=UTC),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("texts", "said"),
    [
        (("11/03/2026 10:00:00", "11/12/2026 09:05:00"), "11/03/2026 10:00:00 and 11/12/2026 09:05:00"),
        (("13/12/2026", "12/13/2026"), "day first here and the month first there"),
        (("2026-11-20", "11/12/2026"), "written in several ways"),
        (("13/12/2026", "13-12-2026"), "written in several ways"),
    ],
)
def test_a_column_that_can_be_read_in_two_ways_is_refused_with_examples_and_what_to_declare(
    texts: tuple[str, ...], said: str
) -> None:
    with pytest.raises(InvalidInput, match=said) as refused:
        times(*texts)
    assert "time_format: {time: '%d/%m/%Y %H:%M:%S'}" in str(refused.value)


def test_the_whole_column_proves_the_order_of_day_and_month() -> None:
    found = read_times("time", pl.Series(["11/12/2026", "20/11/2026"]), SHANGHAI)
    assert found.values.to_list() == [datetime(2026, 12, 10, 16, tzinfo=UTC), datetime(2026, 11, 19, 16, tzinfo=UTC)]
    assert found.notes == ("time: day before month, as 20/11/2026 shows",)
    assert times("11/12/2026", "11/20/2026")[0] == datetime(2026, 11, 11, 16, tzinfo=UTC)


def test_a_day_that_is_its_month_needs_no_proof() -> None:
    assert times("11/11/2026 10:00") == [datetime(2026, 11, 11, 2, tzinfo=UTC)]


def test_a_value_that_cannot_be_read_is_told_and_leaves_the_others() -> None:
    texts = pl.Series(["2026-11-20 10:00:00", "2026-02-30", "26-11-20", "tomorrow", None, "46346.41"])
    found = read_times("time", texts, SHANGHAI)
    assert found.values.to_list() == [TEN, None, None, None, None, None]
    reasons = found.reasons.to_list()
    assert reasons[:3] == [None, NO_SUCH, TWO_DIGITS] and reasons[4] is None
    assert "a time such as" in reasons[3] and "a time such as" in reasons[5]


def test_a_few_values_unlike_the_rest_are_refused_alone() -> None:
    found = read_times("time", pl.Series(["2026-11-20 10:00:00"] * 40 + ["11/12/2026"]), SHANGHAI)
    assert found.reasons.to_list() == [None] * 40 + [UNLIKE]


@pytest.mark.parametrize(
    ("form", "text"),
    [
        ("%m/%d/%Y %H:%M", "11/20/2026 10:00"), ("%d/%m/%Y %H:%M%z", "20/11/2026 02:00+0000"), ("epoch", "1795140000"),
        ("epoch_ms", "1795140000000"), ("excel", "46346.4166666667"),
    ],
)  # fmt: skip
def test_a_declared_format_is_followed(form: str, text: str) -> None:
    files = Files("Asia/Shanghai", {"time": form})
    found = read_times("time", pl.Series([text, "nothing of the kind"]), files)
    assert found.values.to_list() == [TEN, None]
    assert form in found.reasons[1]


def test_a_skipped_hour_is_read_by_the_clock_before_and_a_repeated_one_is_the_first() -> None:
    found = read_times("time", pl.Series(["2026-03-29 02:30:00", "2026-10-25 02:30:00"]), Files("Europe/Berlin"))
    assert found.values.to_list() == [
        datetime(2026, 3, 29, 1, 30, tzinfo=UTC),
        datetime(2026, 10, 25, 0, 30, tzinfo=UTC),
    ]
    assert [note.split(",")[0] for note in found.notes] == [
        "1 times in an hour that the clocks of Europe/Berlin skipped",
        "1 times in an hour that the clocks of Europe/Berlin showed twice",
    ]


_MOMENTS = st.datetimes(datetime(1971, 1, 1), datetime(2090, 1, 1)).map(lambda moment: moment.replace(microsecond=0))


@settings(max_examples=50)
@given(st.lists(_MOMENTS, min_size=1, max_size=20), st.sampled_from(["%d/%m/%Y %H:%M:%S", "%m/%d/%Y %H:%M:%S"]))
def test_an_order_is_read_right_or_not_at_all(moments: list[datetime], form: str) -> None:
    texts = pl.Series([moment.strftime(form) for moment in moments])
    try:
        found = read_times("time", texts, Files("UTC")).values.to_list()
    except InvalidInput:
        assert all(moment.day <= 12 for moment in moments)
    else:
        assert found == [moment.replace(tzinfo=UTC) for moment in moments]


@settings(max_examples=50)
@given(_MOMENTS, st.sampled_from(["Asia/Shanghai", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "UTC"]))
def test_a_local_time_is_what_its_zone_makes_of_it(moment: datetime, zone: str) -> None:
    (found,) = times(moment.strftime("%Y-%m-%d %H:%M:%S"), files=Files(zone))
    assert found == moment.replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)


@pytest.mark.parametrize(
    ("files", "key"),
    [
        ({"time_format": "%d/%m/%y"}, "files.time_format"), ({"time_format": {"at": "%H:%M"}}, "files.time_format.at"),
        ({"timezone": "Asia/Shangai"}, "files.timezone"), ({"format": "%F"}, "files.format"),
    ],
)  # fmt: skip
def test_a_declaration_that_leaves_a_date_open_is_refused(files: dict[str, object], key: str) -> None:
    with pytest.raises(InvalidWorkspace) as refused:
        parse_files(Section.of("workspace.yaml", "", {"files": files}), "UTC")
    assert refused.value.key == key
