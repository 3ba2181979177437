"""What is asked of a report: the time, by which dimension, and of whom."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from leads.errors import InvalidInput

FILTERS = ("region", "team", "product")
"""What a report may be limited to."""


@dataclass(frozen=True)
class Question:
    """since, until: of what happened, the end included. by: the dimension; None for the report's first. region, team,
    product: of these alone.
    """

    since: datetime
    until: datetime
    by: str | None = None
    region: str | None = None
    team: str | None = None
    product: str | None = None

    def __post_init__(self) -> None:
        if self.since >= self.until:
            raise InvalidInput("since", self.since.isoformat(), f"before {self.until.isoformat()}")

    @property
    def filters(self) -> Mapping[str, str]:
        """What it is limited to, by name."""
        found = {"region": self.region, "team": self.team, "product": self.product}
        return {name: value for name, value in found.items() if value is not None}

    def dimension(self, names: Sequence[str]) -> str:
        """Of these the one that is asked for. Raises InvalidInput naming them."""
        if self.by is None:
            return names[0]
        if self.by not in names:
            raise InvalidInput("by", self.by, f"one of {', '.join(names)}")
        return self.by

    def check_filters(self, allowed: Sequence[str]) -> None:
        """Raises InvalidInput for one that a report cannot be limited to."""
        for name, value in self.filters.items():
            if name not in allowed:
                raise InvalidInput(name, value, f"absent: this report is limited by {', '.join(allowed) or 'time'}")
