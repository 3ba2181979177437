"""Times as RFC 3339 writes them, read the same wherever one comes in."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

from leads.errors import InvalidInput

EXAMPLE = "2026-01-02T03:04:05Z"

_FORM = re.compile(
    r"([0-9]{4})-([0-9]{2})-([0-9]{2})[Tt ]([0-9]{2}):([0-9]{2}):([0-9]{2})(?:\.([0-9]+))?"
    r"(?:([Zz])|([+-])([0-9]{2}):([0-9]{2}))"
)
_ALLOWED = f"an RFC 3339 time with its zone, such as {EXAMPLE}"
_SECOND = timedelta(seconds=1)


def parse_moment(field: str, value: Any, earliest: datetime, latest: datetime) -> datetime:
    """An RFC 3339 time, in UTC, between two others. Parts of a second finer than a millionth are cut off; a leap second
    is the first one of the next minute.

    Raises InvalidInput naming the field for anything else, such as a time without a zone, a date alone, a week date or
    a number.

    >>> bounds = datetime(1900, 1, 1, tzinfo=UTC), datetime(2200, 1, 1, tzinfo=UTC)
    >>> parse_moment("time", "2026-01-02t08:04:05.1234567+05:00", *bounds).isoformat()
    '2026-01-02T03:04:05.123456+00:00'
    >>> parse_moment("time", "2016-12-31T23:59:60Z", *bounds).isoformat()
    '2017-01-01T00:00:00+00:00'
    """
    if not isinstance(value, str):
        raise InvalidInput(field, value, f"a text with {_ALLOWED}")
    found = _FORM.fullmatch(value)
    if found is None:
        raise InvalidInput(field, value, _ALLOWED)
    try:
        moment = _moment(found)
    except ValueError as error:
        raise InvalidInput(field, value, f"a time that there is, such as {EXAMPLE}") from error
    except OverflowError as error:
        raise InvalidInput(field, value, _between(earliest, latest)) from error
    if not earliest <= moment <= latest:
        raise InvalidInput(field, value, _between(earliest, latest))
    return moment


def _moment(found: re.Match[str]) -> datetime:
    year, month, day, hour, minute, second = (int(part) for part in found.groups()[:6])
    fraction, utc, sign, hours, minutes = found.groups()[6:]
    leaps = second == 60
    zone = UTC if utc else _zone(sign, int(hours), int(minutes))
    micros = 0 if leaps else int((fraction or "0")[:6].ljust(6, "0"))
    moment = datetime(year, month, day, hour, minute, 59 if leaps else second, micros, zone).astimezone(UTC)
    if not leaps:
        return moment
    after = moment + _SECOND
    if (after.day, after.hour, after.minute) != (1, 0, 0):
        raise ValueError("leap seconds end a month")
    return after


def _zone(sign: str, hours: int, minutes: int) -> timezone:
    if hours > 23 or minutes > 59:
        raise ValueError("an offset is less than a day")
    offset = timedelta(hours=hours, minutes=minutes)
    return timezone(-offset if sign == "-" else offset)


def _between(earliest: datetime, latest: datetime) -> str:
    return f"between {_written(earliest)} and {_written(latest)}"


def _written(moment: datetime) -> str:
    return moment.isoformat(timespec="seconds").replace("+00:00", "Z")
