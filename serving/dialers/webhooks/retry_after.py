"""How long a receiver asks to be left alone: `Retry-After`, in seconds or as a date of HTTP."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

_DIGITS = re.compile(r"[0-9]+")
_NONE = timedelta()


def retry_after(headers: Mapping[str, str], now: datetime, most: timedelta) -> timedelta:
    """The wait that an answer asks for, at most so long; none where it asks for nothing that can be read.

    A date is counted from the answer's own `Date`, and from `now` where it has none.

    >>> now, most = datetime(2026, 3, 4, tzinfo=UTC), timedelta(hours=1)
    >>> retry_after({"retry-after": "120"}, now, most).total_seconds()
    120.0
    >>> retry_after({"retry-after": "Wed, 04 Mar 2026 00:05:00 GMT"}, now, most).total_seconds()
    300.0
    >>> retry_after({"retry-after": "9" * 5000}, now, most).total_seconds()
    3600.0
    """
    asked = headers.get("retry-after", "").strip()
    if _DIGITS.fullmatch(asked):
        digits = asked.lstrip("0")
        return most if len(digits) > 9 else min(timedelta(seconds=int(digits or 0)), most)
    until = _date(asked)
    if until is None:
        return _NONE
    return min(max(until - (_date(headers.get("date", "")) or now), _NONE), most)


def _date(text: str) -> datetime | None:
    try:
        told = parsedate_to_datetime(text)
        return told.replace(tzinfo=UTC) if told.tzinfo is None else told.astimezone(UTC)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
