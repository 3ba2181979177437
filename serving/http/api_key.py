"""An API key as it is kept: what it opens, for whom, until when, and how much of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime
from typing import Any

from serving.access.role import Machine

SCOPES: tuple[Machine, ...] = ("dialer", "crm", "admin", "metrics")
"""dialer: queues, leases, events. crm: customers, score, next-action, events, decisions. admin: all. metrics: /metrics
alone, for whoever scrapes it.
"""

MASKABLE = ("crm", "admin")
"""Scopes of which a key may see numbers with stars: a dialer must dial them."""


@dataclass(frozen=True)
class KeyLimits:
    """What may be done with a key. None sets no limit.

    agents, teams: for whom leads may be claimed; empty, with both empty, for everybody. held: leads held at once over
    all agents. lease_seconds: how long a lease lasts at most, renewals included. rate: requests a second, in each HTTP
    process. hourly: leads taken within an hour of the clock, given back or not: so many numbers it can learn.
    """

    agents: tuple[str, ...] = ()
    teams: tuple[str, ...] = ()
    held: int | None = None
    lease_seconds: int | None = None
    rate: int | None = None
    hourly: int | None = None

    def lets(self, agent_id: str, team: str | None) -> bool:
        """Whether leads may be claimed for an agent of a team."""
        return not (self.agents or self.teams) or agent_id in self.agents or team in self.teams

    def lease(self, seconds: int) -> int:
        """How long a lease lasts that is asked for so long."""
        return seconds if self.lease_seconds is None else min(seconds, self.lease_seconds)


DEFAULTS: Mapping[str, KeyLimits] = {
    "dialer": KeyLimits(held=500, lease_seconds=3600, rate=500, hourly=20_000),
    "crm": KeyLimits(rate=500),
    "metrics": KeyLimits(rate=500),
    "admin": KeyLimits(),
}
"""By scope, what a key may do for which nothing else is said."""

_TURNS = 40
"""How often within an hour a key may take as many leads as it may hold at once, where nothing else is said."""


def usual_limits(scope: str, given: Mapping[str, Any]) -> KeyLimits:
    """The limits of a new key, or of one that an earlier version kept, of which some are given. Leads taken within an
    hour go by those held at once: without a limit where these have none.
    """
    limits = replace(DEFAULTS.get(scope, KeyLimits()), **given)
    if "hourly" in given:
        return limits
    return replace(limits, hourly=None if limits.held is None else _TURNS * limits.held)


@dataclass(frozen=True)
class ApiKey:
    """digest: of its secret. prefix: how the secret begins, by which people tell keys apart. expires_at: from when on
    it opens nothing, None for never; revoked_at: when it was stopped, None while it was not. owner: who answers for it.
    masked: whether it sees no number in full.
    """

    id: str
    scope: Machine
    digest: str
    created_at: datetime
    revoked_at: datetime | None = None
    expires_at: datetime | None = None
    owner: str = ""
    prefix: str = ""
    limits: KeyLimits = field(default_factory=KeyLimits)
    masked: bool = False

    def opens(self, now: datetime) -> bool:
        """Whether it is valid at a time."""
        return self.revoked_at is None and (self.expires_at is None or now < self.expires_at)


def key_of(item: Mapping[str, Any]) -> ApiKey:
    """A key from its JSON; one of an earlier version has the limits of its scope."""
    times = {name: item.get(name) for name in ("created_at", "revoked_at", "expires_at")}
    moments: Any = {name: None if text is None else datetime.fromisoformat(str(text)) for name, text in times.items()}
    limits = item.get("limits")
    return ApiKey(
        id=str(item["id"]),
        scope=item["scope"],
        digest=str(item["digest"]),
        owner=str(item.get("owner", "")),
        prefix=str(item.get("prefix", "")),
        masked=bool(item.get("masked", False)),
        limits=usual_limits(item["scope"], _told(limits or {})),
        **moments,
    )


def _told(item: Mapping[str, Any]) -> dict[str, Any]:
    return {name: tuple(told) if isinstance(told, list) else told for name, told in item.items()}


def public(key: ApiKey) -> dict[str, Any]:
    """What may be shown of a key."""
    told = asdict(key)
    del told["digest"]
    limits: dict[str, Any] = told.pop("limits")
    return told | limits
