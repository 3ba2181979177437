"""Agents: who takes leads, what they may take, and how much."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Remit:
    """What may be taken: product lines (`skills`), regions and languages. An empty one means any.

    >>> Remit(skills=("motor", "health")).within(Remit(skills=("health",), regions=("east",)))
    Remit(skills=('health',), regions=('east',), languages=())
    >>> Remit(skills=("motor",)).within(Remit(skills=("health",))) is None
    True
    """

    skills: tuple[str, ...] = ()
    regions: tuple[str, ...] = ()
    languages: tuple[str, ...] = ()

    def within(self, other: Remit) -> Remit | None:
        """What both allow, None where that is nothing."""
        skills = _both(self.skills, other.skills)
        regions = _both(self.regions, other.regions)
        languages = _both(self.languages, other.languages)
        if skills is None or regions is None or languages is None:
            return None
        return Remit(skills, regions, languages)


ANY = Remit()
"""No restriction."""


@dataclass(frozen=True)
class Agent:
    """An agent as the register has them.

    daily_quota: leads a day; max_load: leads held at once; None for the workspace's own.
    active: whether they may take leads at all.
    """

    id: str
    name: str | None = None
    team: str | None = None
    remit: Remit = ANY
    daily_quota: int | None = None
    max_load: int | None = None
    active: bool = True


def _both(one: Sequence[str], other: Sequence[str]) -> tuple[str, ...] | None:
    if not one or not other:
        return tuple(one or other)
    return tuple(name for name in one if name in set(other)) or None
