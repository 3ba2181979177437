"""What a workspace takes: the oldest event, between which times tags and fields lie, how long texts and how large
numbers are. Sums, terms and time zones have room beyond it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from leads.configuration.section import Section
from leads.words.moments import parse_moment

TOLERANCE = timedelta(seconds=60)
"""How far ahead of the service's clock a sender's clock may be."""

_FIRST, _LAST = datetime(1000, 1, 1, tzinfo=UTC), datetime(9000, 1, 1, tzinfo=UTC)
"""Wider no workspace can be."""

_MOST = 1e100
"""Larger no number can be: millions of them are still summed and squared."""


@dataclass(frozen=True)
class Bounds:
    """oldest: before it no event happened. earliest, latest: of a time that a tag or a field tells. text: characters
    of a text. number: the size of a number, either way; up to 9e15 whole numbers are kept exactly.
    """

    oldest: datetime = datetime(1970, 1, 1, tzinfo=UTC)
    earliest: datetime = datetime(1900, 1, 1, tzinfo=UTC)
    latest: datetime = datetime(2200, 1, 1, tzinfo=UTC)
    text: int = 1000
    number: float = 1e15

    def happened(self, field: str, value: Any, now: datetime) -> datetime:
        """When an event happened, in UTC: not before `oldest`, and not after now as the sender's clock may show it.

        Raises InvalidInput.
        """
        return parse_moment(field, value, self.oldest, now + TOLERANCE)

    def moment(self, field: str, value: Any) -> datetime:
        """A time that a tag or field tells, in UTC. Raises InvalidInput."""
        return parse_moment(field, value, self.earliest, self.latest)


def parse_bounds(top: Section) -> Bounds:
    """From a workspace's `bounds`; what it does not say is as above. Raises InvalidWorkspace."""
    section, usual = top.section("bounds"), Bounds()
    section.only("oldest", "earliest", "latest", "text", "number")
    times = {name: _time(section, name, getattr(usual, name)) for name in ("oldest", "earliest", "latest")}
    if times["earliest"] >= times["latest"]:
        raise section.refuse("latest", "a date after `earliest`")
    number = section.number("number", usual.number, least=1)
    if number > _MOST:
        raise section.refuse("number", f"at most {_MOST:g}")
    return Bounds(**times, text=section.count("text", usual.text, least=1) or usual.text, number=number)


def _time(section: Section, name: str, usual: datetime) -> datetime:
    """YAML gives a date, a time, or either as a text; UTC where no zone is told."""
    value, allowed = section.values.get(name, usual), f"a date such as 1970-01-01, from {_FIRST.year} to {_LAST.year}"
    try:
        told = datetime.fromisoformat(str(value))
    except ValueError as error:
        raise section.refuse(name, allowed) from error
    told = told if told.tzinfo is not None else told.replace(tzinfo=UTC)
    if not _FIRST <= told <= _LAST:
        raise section.refuse(name, allowed)
    return told.astimezone(UTC)
