"""What became of everything a source has handed in so far."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any

from serving.sources.refusal import Refusal
from serving.sources.retrying_intake import Taken

KEPT = 10_000
"""Refusals that are kept for the result; a source may run for months."""


@dataclass
class Tally:
    """Counts of events. `rejected`: the first refusals, at most KEPT; `refused` counts them all."""

    accepted: int = 0
    duplicates: int = 0
    refused: int = 0
    rejected: list[Refusal] = field(default_factory=list)

    @property
    def events(self) -> int:
        """How many events were handed in."""
        return self.accepted + self.duplicates + self.refused

    def add(self, taken: Taken) -> None:
        """Count a batch."""
        refusals = list(taken.refusals.values())
        self.accepted += taken.accepted
        self.duplicates += taken.duplicates
        self.refused += len(refusals)
        self.rejected += refusals[: max(0, KEPT - len(self.rejected))]

    def document(self) -> dict[str, Any]:
        """The counts and the refusals for a machine-readable result."""
        return asdict(self)

    def __str__(self) -> str:
        return f"{self.accepted:,} accepted, {self.duplicates:,} known already, {self.refused:,} refused"
