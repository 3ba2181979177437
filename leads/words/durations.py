"""Durations as people write them in configuration: `90s`, `30m`, `24h`, `7d`."""

from __future__ import annotations

import re
from datetime import timedelta

_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400}
_PATTERN = re.compile(r"(-?\d+(?:\.\d+)?)\s*([smhd])")


def parse_duration(text: str) -> timedelta:
    """A duration from its written form.

    >>> parse_duration("24h")
    datetime.timedelta(days=1)

    Raises ValueError when the text is not a number followed by s, m, h or d.
    """
    match = _PATTERN.fullmatch(str(text).strip())
    if match is None:
        raise ValueError("a number followed by s, m, h or d, such as 24h or 7d")
    try:
        return timedelta(seconds=float(match[1]) * _UNITS[match[2]])
    except OverflowError as error:
        raise ValueError("a duration of fewer days") from error


def format_duration(duration: timedelta) -> str:
    """The shortest written form, used in feature names.

    >>> format_duration(timedelta(days=7))
    '7d'
    """
    seconds = round(duration.total_seconds())
    for unit in ("d", "h", "m"):
        if seconds and seconds % _UNITS[unit] == 0:
            return f"{seconds // _UNITS[unit]}{unit}"
    return f"{seconds}s"
