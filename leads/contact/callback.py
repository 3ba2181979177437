"""Callbacks: when an agent may promise to call back."""

from __future__ import annotations

from datetime import datetime, timedelta

from leads.configuration.bounds import TOLERANCE
from leads.errors import InvalidInput
from leads.words.bilingual import Words
from leads.words.durations import format_duration

CALLBACK = "callback"
"""The disposition of a call in which an agent promised to call back."""


def check_callback(
    disposition: str, at: datetime | None, now: datetime, horizon: timedelta, usual: bool
) -> None:  # fmt: skip
    """Refuse a callback without a time or at one that nobody can keep, and a time that comes with another outcome.

    horizon: how far ahead it may be. usual: whether the workspace says when one without a time is due.
    Raises InvalidInput naming `callback_at`.
    """
    if disposition != CALLBACK:
        if at is not None:
            raise InvalidInput("callback_at", at.isoformat(), f"absent, unless the disposition is {CALLBACK}")
        return
    if at is None:
        if not usual:
            raise InvalidInput("callback_at", None, f"the time of the callback, with the disposition {CALLBACK}")
        return
    if at < now - TOLERANCE:
        raise InvalidInput("callback_at", at.isoformat(), "a time that is not past")
    if at > now + horizon:
        raise InvalidInput("callback_at", at.isoformat(), f"a time within {format_duration(horizon)} from now")


def promised(who: str, due: datetime, now: datetime) -> Words:
    """Who promised to call when, for the agent who does it. due: in the customer's time zone.

    >>> from datetime import UTC
    >>> two = datetime(2026, 11, 27, 14, tzinfo=UTC)
    >>> promised("wang", two, two + timedelta(hours=2, minutes=5)).en
    'wang promised to call back at 14:00 on 27 Nov (overdue by 2 h)'
    >>> promised("王", two, two).zh
    '王承诺 11 月 27 日 14:00 回电'
    """
    said = Words(
        f"{who}承诺 {due.month} 月 {due.day} 日 {due:%H:%M} 回电",
        f"{who} promised to call back at {due:%H:%M} on {due.day} {_MONTHS[due.month - 1]}",
    )
    late = _length(now - due)
    return said if late is None else said + Words(f"（已逾期 {late.zh}）", f" (overdue by {late.en})")


def _length(late: timedelta) -> Words | None:
    """None for less than a minute."""
    minutes = late // timedelta(minutes=1)
    if minutes < 1:
        return None
    if minutes < 60:
        return Words(f"{minutes} 分钟", f"{minutes} min")
    hours = minutes // 60
    if hours < 48:
        return Words(f"{hours} 小时", f"{hours} h")
    return Words(f"{hours // 24} 天", f"{hours // 24} days")


_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
