"""How long a receiver asks to be left alone: `Retry-After`, in seconds or as a date of HTTP."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import httpx

_SECONDS = re.compile(r"([0-9]+)(\.[0-9]+)?")
_NONE = timedelta()


def retry_after(headers: httpx.Headers, now: datetime, most: timedelta) -> timedelta:
    """The wait that an answer asks for, at most so long; none where it asks for nothing that can be read. Of several
    the longest.

    A date is counted from the answer's own `Date`, and from `now` where it has none.

    >>> import httpx
    >>> now, most = datetime(2026, 3, 4, tzinfo=UTC), timedelta(hours=1)
    >>> asked = lambda *told: retry_after(httpx.Headers([("Retry-After", text) for text in told]), now, most)
    >>> [asked(told).total_seconds() for told in ("120", "1.5", "soon", "-5", "9" * 5000)]
    [120.0, 1.5, 0.0, 0.0, 3600.0]
    >>> asked("60", "Wed, 04 Mar 2026 00:05:00 GMT").total_seconds()
    300.0
    """
    since = _date(headers.get("date", "")) or now
    return min(max([_NONE, *(_wait(text, since, most) for text in headers.get_list("retry-after"))]), most)


def _wait(asked: str, since: datetime, most: timedelta) -> timedelta:
    """One value; a proxy may have made one of several."""
    numbers = [_SECONDS.fullmatch(part.strip()) for part in asked.split(",")]
    if all(numbers):
        return max(_seconds(found[1], found[2], most) for found in numbers if found is not None)
    until = _date(asked.strip())
    return _NONE if until is None else until - since


def _seconds(whole: str, part: str | None, most: timedelta) -> timedelta:
    digits = whole.lstrip("0")
    return most if len(digits) > 9 else timedelta(seconds=int(digits or 0) + float(part or 0))


def _date(text: str) -> datetime | None:
    try:
        told = parsedate_to_datetime(text)
        return told.replace(tzinfo=UTC) if told.tzinfo is None else told.astimezone(UTC)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
