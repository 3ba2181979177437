"""How a source's files write times: the zone of those without one, and the order of their parts where declared."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from leads.configuration.section import Section
from leads.words.zones import zone_named

NUMBERS = ("epoch", "epoch_ms", "excel")
"""Formats of times written as numbers: seconds or milliseconds since 1970 UTC, days as Excel counts them from 1900."""

EVERY = "*"
"""Stands for every column that declares no format of its own."""


@dataclass(frozen=True)
class Files:
    """timezone: of times that are written without one. formats: by column, or `EVERY`, a strptime format or one of
    NUMBERS; a column without one must tell by itself how it is to be read.
    """

    timezone: str
    formats: Mapping[str, str] = field(default_factory=dict)

    def format_of(self, column: str) -> str | None:
        """The declared format of a column, None where it has to tell by itself."""
        return self.formats.get(column, self.formats.get(EVERY))


def parse_files(top: Section, timezone: str) -> Files:
    """From the section `files` of a workspace, whose zone is the default."""
    section = top.section("files")
    section.only("timezone", "time_format")
    zone = _zone(section, timezone)
    given = section.values.get("time_format")
    if given is None:
        return Files(zone)
    if isinstance(given, str):
        return Files(zone, {EVERY: _format(section, "time_format", given)})
    inner = section.section("time_format")
    return Files(zone, {str(name): _format(inner, str(name), inner.text(str(name))) for name in inner.values})


def _zone(section: Section, default: str) -> str:
    """The section's `timezone`, refused where the tz database has no such zone."""
    name = section.text("timezone", default)
    zone = zone_named(name)
    if zone is None:
        raise section.refuse("timezone", "an IANA time zone such as Asia/Shanghai", name)
    return zone


def _format(section: Section, key: str, text: str) -> str:
    """A format with the day, the month and four digits of the year: two of them do not tell the century."""
    whole = "%F" in text or ("%Y" in text and "%d" in text and any(month in text for month in ("%m", "%b", "%B")))
    if text not in NUMBERS and (not whole or "%y" in text):
        raise section.refuse(key, f"a format such as '%d/%m/%Y %H:%M:%S', or one of {', '.join(NUMBERS)}", text)
    return text
