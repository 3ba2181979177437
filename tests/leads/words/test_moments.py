"""Times are read as RFC 3339 writes them, in UTC and within bounds, or refused."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leads.configuration.bounds import Bounds
from leads.configuration.workspace import parse_workspace
from leads.errors import InvalidInput
from leads.words.moments import parse_moment

EARLIEST, LATEST = datetime(1970, 1, 1, tzinfo=UTC), datetime(2200, 1, 1, tzinfo=UTC)
OFFSETS = st.integers(-23 * 60 - 59, 23 * 60 + 59).map(lambda minutes: timezone(timedelta(minutes=minutes)))


@pytest.mark.parametrize(
    ("text", "utc"),
    [
        ("2026-01-02T03:04:05Z", "2026-01-02T03:04:05+00:00"),
        ("2026-01-02t03:04:05z", "2026-01-02T03:04:05+00:00"),
        ("2026-01-02 03:04:05-00:00", "2026-01-02T03:04:05+00:00"),
        ("2026-01-02T03:04:05.123456789+23:59", "2026-01-01T03:05:05.123456+00:00"),
        ("2026-01-02T03:04:05.5-23:59", "2026-01-03T03:03:05.500000+00:00"),
        ("2016-12-31T23:59:60Z", "2017-01-01T00:00:00+00:00"),
        ("2017-01-01T07:59:60+08:00", "2017-01-01T00:00:00+00:00"),
    ],
)
def test_what_rfc_3339_allows_is_read(text: str, utc: str) -> None:
    assert parse_moment("time", text, EARLIEST, LATEST).isoformat() == utc


@pytest.mark.parametrize(
    "value",
    [
        "0001-01-01T00:00:00+08:00", "0000-01-01T00:00:00Z", "9999-12-31T23:59:59-23:59", "9999-12-31T23:59:60Z",
        "1969-12-31T23:59:59Z", "2200-01-01T00:00:01Z", "1970-01-01T00:00:00+00:01", "2026-02-29T00:00:00Z",
        "2026-01-02T24:00:00Z", "2026-01-02T03:04:60Z", "2026-01-02T03:04:61Z", "2026-01-02T03:04Z", "2026-01-02",
        "2026-01-02T03:04:05", "2026-01-02T03:04:05+24:00", "2026-01-02T03:04:05+00:60", "2026-01-02T03:04:05+0800",
        "2026-W01-1T00:00:00Z", "2026-001T00:00:00Z", "20260102T030405Z", "2026-01-02T03:04:05.Z",
        "2026-01-02T03:04:05Z\n", " 2026-01-02T03:04:05Z", "٢٠٢٦-01-02T03:04:05Z", "", "now", 1795140000, 1.5, True, [],
    ],
)  # fmt: skip
def test_everything_else_is_refused_by_the_field(value: Any) -> None:
    with pytest.raises(InvalidInput) as refused:
        parse_moment("data.expires_at", value, EARLIEST, LATEST)
    assert refused.value.errors[0].field == "data.expires_at"


@given(st.datetimes(timezones=OFFSETS))
def test_any_time_of_any_zone_is_read_exactly_or_refused(moment: datetime) -> None:
    try:
        read = parse_moment("time", moment.isoformat(), EARLIEST, LATEST)
    except InvalidInput:
        assert not EARLIEST <= moment <= LATEST
    else:
        assert read == moment and read.utcoffset() == timedelta()


@given(st.text())
def test_any_text_is_read_or_refused(text: str) -> None:
    try:
        assert parse_moment("time", text, EARLIEST, LATEST).tzinfo is UTC
    except InvalidInput:
        return


def test_a_workspace_declares_its_bounds() -> None:
    declared = {"oldest": "2001-02-03", "latest": datetime(2100, 1, 1), "text": 50, "number": 1e6}
    bounds = parse_workspace({"name": "w", "bounds": declared}).bounds
    assert bounds.oldest == datetime(2001, 2, 3, tzinfo=UTC) and bounds.latest == datetime(2100, 1, 1, tzinfo=UTC)
    assert (bounds.text, bounds.number, bounds.earliest) == (50, 1e6, Bounds().earliest)


@pytest.mark.parametrize(
    "declared",
    [
        {"oldest": "0001-01-01"}, {"latest": "9999-12-31"}, {"latest": 2200}, {"earliest": "soon"},
        {"earliest": "2100-01-01", "latest": "2000-01-01"}, {"text": 0}, {"text": 1.5}, {"number": 1e308},
        {"number": 0}, {"newest": "2100-01-01"},
    ],
)  # fmt: skip
def test_bounds_that_leave_no_room_are_refused_at_load(declared: dict[str, Any]) -> None:
    with pytest.raises(InvalidInput) as refused:
        parse_workspace({"name": "w", "bounds": declared})
    assert "bounds" in str(refused.value)
