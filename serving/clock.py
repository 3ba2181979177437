"""The service's clock. It may run from another moment, so that a past can be served as it was then."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from features.home import Home, write_json
from leads.errors import InvalidInput


@dataclass(frozen=True)
class Clock:
    """Wall time shifted by `offset`: processes of one service share the offset and agree on the time."""

    offset: timedelta = timedelta()

    @classmethod
    def starting_at(cls, moment: datetime | None) -> Clock:
        """A clock that shows `moment` now and runs on from there; None is the real time."""
        return cls() if moment is None else cls(moment - datetime.now(UTC))

    @classmethod
    def of(cls, home: Home) -> Clock:
        """That of the home's last service, by which what it recorded is dated; the real time where none is kept."""
        try:
            return cls(timedelta(seconds=float(json.loads(home.clock.read_text("utf-8"))["offset_seconds"])))
        except FileNotFoundError:
            return cls()
        except (ValueError, KeyError, TypeError, OverflowError) as error:
            raise InvalidInput("clock.json", "(content)", '{"offset_seconds": a number}') from error

    def keep(self, home: Home) -> None:
        """As the home's from now on."""
        if self.offset:
            write_json(home.clock, {"offset_seconds": self.offset.total_seconds()})
        else:
            home.clock.unlink(missing_ok=True)

    def now(self) -> datetime:
        return datetime.now(UTC) + self.offset


def milliseconds(moment: datetime) -> int:
    """Milliseconds since 1970, as the queue's scripts count time: 13 digits survive Lua's JSON."""
    return (moment - _EPOCH) // timedelta(milliseconds=1)


def day_of(now: datetime, timezone: str) -> str:
    """The calendar day of a time as it is counted in a time zone, such as 2026-03-04."""
    return now.astimezone(ZoneInfo(timezone)).date().isoformat()


def microseconds(moment: datetime) -> int:
    """Microseconds since 1970, as frames count time."""
    return (moment - _EPOCH) // timedelta(microseconds=1)


def from_milliseconds(value: float) -> datetime:
    """The first or last time that there is for what the calendar does not reach."""
    return from_microseconds(value * 1000)


def from_microseconds(value: float) -> datetime:
    """The first or last time that there is for what the calendar does not reach."""
    return _EPOCH + timedelta(microseconds=min(max(value, _FIRST), _LAST))


def after(moment: datetime, days: float) -> datetime:
    """So many days later, as far as the calendar reaches."""
    return from_microseconds(microseconds(moment) + days * 86_400_000_000)


def written(moment: datetime) -> str:
    """RFC 3339 in UTC, as every time in an answer is written."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def exact(moment: datetime) -> str:
    """The same to the microsecond, where something is worked out again from it."""
    return moment.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")


_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

_FIRST, _LAST = (microseconds(end.replace(tzinfo=UTC)) for end in (datetime.min, datetime.max))
"""The ends of the calendar, in microseconds since 1970."""
