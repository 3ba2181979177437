"""Retention: for how long what is told is kept, as the workspace declares it. What is not declared is kept for good."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, time, timedelta

from leads.configuration.section import Section

LEAST_TRAIL = timedelta(days=184)
"""Who looked at whom is kept for six months at least, however long they are."""

_DAY = timedelta(days=1)

_SAID = "consent.changed"


@dataclass(frozen=True)
class Retention:
    """events: by type, since they happened. tags: by name, since each was told. decisions: since they were made. trail:
    since an entry was written. None for good.

    A refusal outlives what told of it: consents, and calls that ended with do-not-call, are kept as long as they stand.
    """

    events: Mapping[str, timedelta] = field(default_factory=dict)
    tags: Mapping[str, timedelta] = field(default_factory=dict)
    decisions: timedelta | None = None
    trail: timedelta | None = None

    @property
    def is_declared(self) -> bool:
        return bool(self.events or self.tags or self.decisions or self.trail)

    def event_cutoff(self, kind: str, now: datetime) -> datetime | None:
        """What happened before is not kept any more; None where all is."""
        return cutoff(self.events.get(kind), now)


def cutoff(keep: timedelta | None, now: datetime) -> datetime | None:
    """The beginning of a day (UTC): what is kept for so long goes within a day after that."""
    if keep is None:
        return None
    return datetime.combine((now.astimezone(UTC) - keep).date(), time(), UTC)


def parse_retention(
    top: Section, events: Mapping[str, str | None], tags: Collection[str], longest: timedelta
) -> Retention:
    """The section `retention`. events: by type what it does to the policy book. longest: of all terms, with the days of
    grace. Raises InvalidWorkspace for what is not declared, less than a day, and what would forget a policy that runs.
    """
    section = top.section("retention")
    section.only("events", "tags", "decisions", "trail")
    kinds = _times(section, "events", [kind for kind in events if kind != _SAID])
    for kind, keep in kinds.items():
        if events[kind] is not None and keep <= longest:
            raise section.section("events").refuse(kind, f"more than {longest.days}d, as policies run for so long")
    trail = section.duration("trail") if section.has("trail") else None
    if trail is not None and trail < LEAST_TRAIL:
        raise section.refuse("trail", f"at least {LEAST_TRAIL.days}d")
    decisions = _time(section, "decisions") if section.has("decisions") else None
    return Retention(kinds, _times(section, "tags", tags), decisions, trail)


def _times(section: Section, name: str, allowed: Collection[str]) -> dict[str, timedelta]:
    inner = section.section(name)
    inner.only(*allowed)
    return {str(key): _time(inner, str(key)) for key in inner.values}


def _time(section: Section, name: str) -> timedelta:
    found = section.duration(name)
    if found < _DAY:
        raise section.refuse(name, "a day or more, such as 365d")
    return found
